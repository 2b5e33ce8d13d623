// What cannot be converted is refused with a code, a reason and a way out, as the client's fault, and leaves the
// slot able to do the next job.
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp from 'sharp';
import { makeCompoundFile } from '#test/samples/compound.ts';
import { contentTypes, makeDocx, paragraph, wordMain } from '#test/samples/ooxml.ts';
import { makeOpenDocument, odtText } from '#test/samples/opendocument.ts';
import { animation, pixelBomb, plain, redAndBlue } from '#test/samples/pictures.ts';
import { zip } from '#test/samples/zip.ts';
import { openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';

describe('refusing', function () {
  this.timeout(30_000);
  let slot: OperationSlot;
  before(async () => (slot = await openOperationSlot()));
  after(async () => {
    // Whatever came before, the slot still works.
    await slot.convert(
      'resize-image',
      { width: 5 },
      { name: 'a.png', bytes: await plain(10, 10, 'red').png().toBuffer() },
    );
    await slot.close();
  });

  const refuseDocument = (name: string, bytes: Buffer | string) =>
    slot.refuse('convert-to-pdf', {}, { name, bytes });
  const refuseImage = (
    name: string,
    bytes: Buffer | string,
    params: Record<string, unknown> = { format: 'png' },
  ) => slot.refuse('convert-image', params, { name, bytes });
  const letter = () => makeDocx({ body: paragraph('text') });

  describe('documents', () => {
    it('that are cut short', async () => {
      const error = await refuseDocument('letter.docx', (await letter()).subarray(0, -100));
      expect(error).to.deep.include({ code: 'corrupt_file', fault: 'input', retryable: false, input: 0 });
      expect(error.hint).to.be.a('string');
    });

    it('that are whole archives with damaged insides', async () => {
      const types = contentTypes({ 'word/document.xml': wordMain });
      const error = await refuseDocument('letter.docx', await zip({ '[Content_Types].xml': types }));
      expect(error.code).to.equal('corrupt_file');
      expect(error.step).to.equal(0);
    });

    it('that are something else', async () => {
      const error = await refuseDocument('letter.docx', await plain(10, 10, 'red').png().toBuffer());
      expect(error).to.deep.include({ code: 'unsupported_file', step: 0, input: 0 });
      expect(error.detail).to.contain('image/png').and.contain('.docx');
      expect(error.hint).to.contain('docx').and.contain('odt');
    });

    it('that are nothing at all', async () => {
      expect((await refuseDocument('letter.docx', await zip({}))).code).to.equal('unsupported_file');
      const noise = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251));
      expect((await refuseDocument('letter.docx', noise)).code).to.equal('unsupported_file');
      expect((await refuseDocument('letter.docx', '')).code).to.equal('empty_file');
    });

    it('that would unpack to more than memory holds', async () => {
      const bytes = await letter();
      // What the archive's directory says of word/document.xml: 1 GiB.
      const entry = bytes.lastIndexOf('word/document.xml') - 46;
      expect(bytes.readUInt32LE(entry)).to.equal(0x0201_4b50);
      bytes.writeUInt32LE(1024 ** 3, entry + 24);
      const error = await refuseDocument('letter.docx', bytes);
      expect(error).to.deep.include({ code: 'file_too_complex', fault: 'input' });
      expect(error.detail).to.match(/unpacks to 10\d{8} bytes/);
    });

    it('that need a password, without trying one', async () => {
      const locked = makeCompoundFile({
        EncryptionInfo: Buffer.alloc(8),
        EncryptedPackage: Buffer.alloc(5000, 7),
      });
      const error = await refuseDocument('letter.docx', locked);
      expect(error).to.deep.include({ code: 'encrypted_file', fault: 'input' });
      expect(error.hint).to.contain('password');
      const text = await makeOpenDocument({ ...odtText('text'), encrypted: true });
      expect((await refuseDocument('text.odt', text)).code).to.equal('encrypted_file');
    });
  });

  describe('images', () => {
    it('that are cut short, rather than giving half of them', async () => {
      const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
      const picture = sharp({ create: { width: 200, height: 200, channels: 3, background: 'grey', noise } });
      for (const format of ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const) {
        const whole = await picture.clone().toFormat(format).toBuffer();
        const error = await refuseImage(`photo.${format}`, whole.subarray(0, whole.length * 0.6));
        expect(error, format).to.deep.include({ code: 'corrupt_file', fault: 'input' });
      }
    });

    it('that claim more pixels than are allowed, with both numbers, before decoding any', async () => {
      const error = await refuseImage('bomb.png', pixelBomb(60_000, 60_000));
      expect(error).to.deep.include({ code: 'image_too_large', fault: 'input' });
      expect(error.detail).to.contain('60000 × 60000 = 3600000000').and.contain('268402689');
    });

    it('that would become too large', async () => {
      const bytes = await plain(10, 1000, 'red').png().toBuffer();
      const error = await refuseImage('a.png', bytes, { format: 'png', width: 2000 });
      expect(error.code).to.equal('image_too_large');
      expect(error.detail).to.contain('2000 × 200000 = 400000000');
      const moving = await animation('gif');
      const still = await refuseImage('a.gif', moving, {
        format: 'gif',
        width: 12_000,
        height: 12_000,
        fit: 'fill',
      });
      expect(still.detail).to.contain('× 3 frames');
    });

    it('that are too long for the format, naming its limit', async () => {
      const bytes = await plain(10, 1000, 'red').png().toBuffer();
      const error = await refuseImage('a.png', bytes, { format: 'webp', width: 1000 });
      expect(error.code).to.equal('image_too_large');
      expect(error.detail).to.contain('100000').and.contain('16383');
    });

    it('in a format that is not read', async () => {
      const heic = Buffer.from('\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000mif1heic', 'latin1');
      const error = await refuseImage('photo.heic', heic);
      expect(error.code).to.equal('unsupported_file');
      expect(error.detail).to.contain('image/heic');
    });

    it('with a background that is no colour', async () => {
      const bytes = await redAndBlue().png().toBuffer();
      expect(await refuseImage('a.png', bytes, { format: 'jpeg', background: 'tomatto' })).to.deep.include({
        code: 'invalid_params',
        detail: 'background: tomatto is not a colour.',
      });
    });

    it('that are drawings that expand without end', async () => {
      const letters = 'abcdefghi'.split('');
      const entities = letters
        .slice(1)
        .map((name, index) => `<!ENTITY ${name} "${`&${letters[index]};`.repeat(20)}">`);
      const bytes = `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${entities.join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&i;</text></svg>`;
      expect((await refuseImage('a.svg', bytes)).code).to.equal('corrupt_file');
    });
  });

  describe('what the platform’s own checks should have stopped', () => {
    it('an operation or a param that is not known', async () => {
      const file = { name: 'a.txt', bytes: 'text' };
      expect((await slot.refuse('convert-to-gold', {}, file)).code).to.equal('unknown_operation');
      expect((await slot.refuse('convert-to-pdf', { pages: 1 }, file)).code).to.equal('invalid_params');
    });

    it('names the step and the file that it is about', async () => {
      const png = await plain(10, 10, 'red').png().toBuffer();
      const steps = [
        { operation: 'resize-image', params: { width: 5 } },
        { operation: 'convert-to-pdf', params: {} },
      ];
      const thrown = await slot.make(steps, { name: 'a.png', bytes: png }).catch(String);
      expect(thrown).to.contain('"code":"unsupported_file"').and.contain('"step":1,"input":0');
    });
  });
});
