// Results carry their inputs' names to the client: safe as file names everywhere, and no two alike.
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { nameResults } from '#worker/sandbox/name-results.ts';

describe('names of results', () => {
  const pdfs = (...names: string[]) =>
    nameResults(names.map((name) => ({ name, mediaType: 'application/pdf' })));

  it('are the base name with the new extension', () => {
    expect(pdfs('letter.docx', 'archive.tar.gz', 'no-extension', 'of 3.4. (draft)')).to.deep.equal([
      'letter.pdf',
      'archive.tar.pdf',
      'no-extension.pdf',
      'of 3.4. (draft).pdf',
    ]);
    expect(nameResults([{ name: 'a.png', mediaType: 'image/unknown' }])).to.deep.equal(['a.bin']);
  });

  it('are told apart by a number, also where only case or composition differs', () => {
    expect(pdfs('a.docx', 'a.odt', 'A.txt', 'a-2.txt')).to.deep.equal([
      'a.pdf',
      'a-2.pdf',
      'A-3.pdf',
      'a-2-2.pdf',
    ]);
    expect(pdfs('\u00e9.txt', 'e\u0301.txt')).to.deep.equal(['\u00e9.pdf', 'e\u0301-2.pdf']);
  });

  it('are never hidden, empty, or paths', () => {
    expect(pdfs('.docx', '', '..', '../../etc/passwd', 'a\\b.txt', 'a\nb.txt')).to.deep.equal([
      'docx.pdf',
      'file.pdf',
      'file-2.pdf',
      '-..-etc-passwd.pdf',
      'a-b.pdf',
      'ab.pdf',
    ]);
  });

  it('stay within 255 bytes without cutting a character in two', () => {
    const [first = '', second = ''] = pdfs(`${'ü'.repeat(200)}.docx`, `${'ü'.repeat(200)}.odt`);
    expect(first).to.equal(`${'ü'.repeat(125)}.pdf`);
    expect(second).to.equal(`${'ü'.repeat(124)}-2.pdf`);
  });
});
