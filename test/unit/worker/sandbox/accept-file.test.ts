// A client whose file is refused must be able to see why and what would do.
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { AppError } from '#shared/errors.ts';
import { convertImage } from '#shared/operations/image/convert-image.ts';
import { convertToPdf } from '#shared/operations/office/convert-to-pdf.ts';
import { assertAccepted } from '#worker/sandbox/accept-file.ts';

describe('accepting a file', () => {
  function refusal(
    operation: Parameters<typeof assertAccepted>[0],
    name: string,
    mediaType: string,
    encrypted = false,
  ) {
    try {
      assertAccepted(operation, { name, mediaType, encrypted });
      return undefined;
    } catch (error) {
      if (error instanceof AppError) return { code: error.code, detail: error.detail, hint: error.hint };
      throw error;
    }
  }

  it('goes by the true type, not by the name', () => {
    expect(refusal(convertImage, 'photo.docx', 'image/png')).to.equal(undefined);
    expect(refusal(convertImage, 'photo.png', 'application/pdf')).to.deep.equal({
      code: 'unsupported_file',
      detail: 'photo.png is a file of type pdf (application/pdf), although its name ends in .png.',
      hint: 'convert-image accepts jpg, png, webp, avif, tiff, gif, svg.',
    });
  });

  it('does not find fault with a name that is right', () => {
    expect(refusal(convertToPdf, 'a.jpeg', 'image/jpeg')?.detail).to.equal(
      'a.jpeg is a file of type jpg (image/jpeg).',
    );
    expect(refusal(convertToPdf, 'a.heic', 'image/heic')?.detail).to.equal(
      'a.heic is of the kind image/heic.',
    );
    expect(refusal(convertImage, 'a.docm', 'application/msword')?.detail).to.not.contain('although');
    expect(refusal(convertImage, 'a.png', 'image/heic')?.detail).to.contain('although its name ends in .png');
    expect(refusal(convertImage, 'a', 'application/pdf')?.detail).to.equal(
      'a is a file of type pdf (application/pdf).',
    );
  });

  it('says so when a file is of no kind that is known', () => {
    expect(refusal(convertImage, 'x', 'application/octet-stream')?.detail).to.contain(
      'no kind that could be recognised',
    );
    expect(refusal(convertImage, 'x.heic', 'image/heic')?.detail).to.contain('image/heic');
  });

  it('refuses plain text under the name of another format', () => {
    expect(refusal(convertToPdf, 'letter.docx', 'text/plain')).to.deep.include({
      code: 'unsupported_file',
      detail: 'letter.docx is plain text (text/plain), although its name ends in .docx.',
    });
    for (const name of ['a', 'a.txt', 'a.md', 'a.doc'])
      expect(refusal(convertToPdf, name, 'text/plain')).to.equal(undefined);
  });

  it('refuses what is locked, but says first when unlocking would not help', () => {
    expect(refusal(convertToPdf, 'a.doc', 'application/msword', true)?.code).to.equal('encrypted_file');
    expect(refusal(convertImage, 'a.doc', 'application/msword', true)?.code).to.equal('unsupported_file');
  });
});
