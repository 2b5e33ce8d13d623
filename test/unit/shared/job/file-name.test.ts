// Protects: no name that a client chose can be a path, hide what it is, or break a header.
import { expect } from 'chai';
import fc from 'fast-check';
import { safeFileName } from '#shared/job/file-name.ts';

describe('safeFileName', () => {
  it('keeps an ordinary name as it is, in NFC', () => {
    for (const name of [
      'report.pdf',
      '.htaccess',
      'no extension',
      '履歴書.docx',
      '👩‍💻.png'.replace('\u200d', ''),
    ])
      expect(safeFileName(name)).to.equal(name.normalize('NFC'));
    expect(safeFileName('e\u0301')).to.equal('\u00e9');
  });

  it('keeps the last part of a path, of either kind', () => {
    expect(safeFileName('/etc/passwd')).to.equal('passwd');
    expect(safeFileName('C:\\Temp\\a.txt')).to.equal('a.txt');
    expect(safeFileName('a/b\\c')).to.equal('c');
    expect(safeFileName('a\\b/c')).to.equal('c');
  });

  it('gives a name to what has none', () => {
    for (const given of ['', '.', '..', '/', 'a/', ' ', '\u0000', '\u202e', '. ', 'x/..'])
      expect(safeFileName(given)).to.equal('file');
  });

  it('shortens to 255 bytes, keeping the extension and whole characters', () => {
    expect(safeFileName(`${'é'.repeat(300)}.docx`)).to.equal(`${'é'.repeat(125)}.docx`);
    expect(safeFileName(`a.${'x'.repeat(300)}`)).to.equal(`a.${'x'.repeat(253)}`);
    expect(safeFileName('📄'.repeat(100))).to.equal('📄'.repeat(63));
  });

  it('whatever comes in, what comes out is safe, and safe again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = safeFileName(given);
        expect(Buffer.byteLength(name)).to.be.within(1, 255);
        expect(name).to.not.match(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(name).to.not.be.oneOf(['.', '..']);
        expect(name.isWellFormed()).to.equal(true);
        expect(safeFileName(name)).to.equal(name);
      }),
    );
  });
});
