// convert-image: every format into every other, with the picture that was sent and nothing that was not asked for.
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp from 'sharp';
import { imageFormats, mediaTypeByFormat } from '#shared/operations/image/image-params.ts';
import { animation, plain, redAndBlue } from '#test/samples/pictures.ts';
import { openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';

const square =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="red"/></svg>';

describe('convert-image', () => {
  let slot: OperationSlot;
  before(async () => (slot = await openOperationSlot()));
  after(() => slot.close());

  const convert = (params: Record<string, unknown>, bytes: Buffer | string, name = 'photo.bin') =>
    slot.convert('convert-image', params, { name, bytes });

  /** Red, green, blue and, if there is any, alpha at a place. */
  async function pixel(bytes: Buffer, left: number, top: number): Promise<number[]> {
    return [...(await sharp(bytes).extract({ left, top, width: 1, height: 1 }).raw().toBuffer())];
  }

  for (const from of [...imageFormats, 'svg'] as const) {
    it(`converts ${from} to every format`, async () => {
      const bytes = from === 'svg' ? square : await plain(40, 20, 'red').toFormat(from).toBuffer();
      for (const format of imageFormats) {
        const made = await convert({ format }, bytes);
        expect(made.mediaType).to.equal(mediaTypeByFormat[format]);
        const { width, height, format: found } = await sharp(made.bytes).metadata();
        expect({ width, height, found }, format).to.deep.equal({
          width: 40,
          height: 20,
          found: format === 'avif' ? 'heif' : format,
        });
        const [red = 0, green = 0] = await pixel(made.bytes, 20, 10);
        expect(red, format).to.be.above(240);
        expect(green, format).to.be.below(15);
      }
    });
  }

  it('resizes on the way when asked to', async () => {
    const bytes = await plain(400, 200, 'red').png().toBuffer();
    const { width, height } = await sharp(
      (await convert({ format: 'jpeg', width: 100, height: 100 }, bytes)).bytes,
    ).metadata();
    expect([width, height]).to.deep.equal([100, 50]);
  });

  it('makes smaller files of lower quality', async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
    const bytes = await sharp({ create: { width: 200, height: 200, channels: 3, background: 'grey', noise } })
      .png()
      .toBuffer();
    for (const format of ['jpeg', 'webp', 'avif', 'tiff']) {
      const [low, high] = [
        await convert({ format, quality: 10 }, bytes),
        await convert({ format, quality: 90 }, bytes),
      ];
      expect(low.bytes.length, format).to.be.below(high.bytes.length);
    }
  });

  it('says when a quality has no meaning', async () => {
    const bytes = await plain(40, 20, 'red').png().toBuffer();
    expect((await convert({ format: 'png', quality: 10 }, bytes, 'a.png')).warnings).to.deep.equal([
      'a.png: quality has no meaning for png and was left aside.',
    ]);
  });

  describe('transparency', () => {
    const clear = () => plain(40, 20, 'rgba(0, 0, 0, 0)').png().toBuffer();

    it('becomes white, or the background, where the format has none', async () => {
      const white = await pixel((await convert({ format: 'jpeg' }, await clear())).bytes, 20, 10);
      expect(Math.min(...white)).to.be.above(250);
      const teal = await pixel(
        (await convert({ format: 'jpeg', background: '#008080' }, await clear())).bytes,
        20,
        10,
      );
      expect(teal[0]).to.be.below(5);
      expect(teal[1]).to.be.within(124, 132);
    });

    it('stays where the format has it', async () => {
      for (const format of ['png', 'webp', 'avif', 'tiff', 'gif']) {
        const alpha = (
          await pixel((await convert({ format, background: 'teal' }, await clear())).bytes, 20, 10)
        )[3];
        expect(alpha, format).to.equal(0);
      }
    });

    it('goes from a tiff with a quality, with a warning', async () => {
      const made = await convert({ format: 'tiff', quality: 80 }, await clear());
      expect(made.warnings.join()).to.contain('no transparency');
      expect(Math.min(...(await pixel(made.bytes, 20, 10)))).to.be.above(250);
    });
  });

  describe('animation', () => {
    for (const from of ['gif', 'webp'] as const) {
      for (const format of ['gif', 'webp'] as const) {
        it(`is kept from ${from} to ${format}, with its timing`, async () => {
          const made = await convert({ format, width: 30 }, await animation(from));
          const { pages, delay, loop, pageHeight, height } = await sharp(made.bytes, {
            animated: true,
          }).metadata();
          expect({ pages, delay, loop }).to.deep.equal({ pages: 3, delay: [100, 200, 300], loop: 2 });
          expect(pageHeight ?? height).to.equal(20);
          expect(made.warnings).to.deep.equal([]);
        });
      }
    }

    it('becomes its first frame elsewhere, with a warning', async () => {
      const made = await convert({ format: 'png' }, await animation('gif'), 'moving.gif');
      expect((await pixel(made.bytes, 30, 20)).slice(0, 3)).to.deep.equal([255, 0, 0]);
      expect(made.warnings).to.deep.equal([
        'moving.gif: png cannot hold an animation; the result is the first of 3 frames.',
      ]);
    });
  });

  describe('metadata', () => {
    const exif = { IFD0: { Copyright: 'the author' } };
    /** Stored on its side: seen upright it is 20 × 40, red above. */
    const turned = () =>
      redAndBlue().withExif(exif).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();

    for (const metadata of ['strip', 'keep']) {
      it(`shows the picture upright, once, with ${metadata}`, async () => {
        const { bytes } = await convert({ format: 'jpeg', metadata, quality: 100 }, await turned());
        const upright = await sharp(bytes).metadata();
        expect([upright.width, upright.height]).to.deep.equal([20, 40]);
        expect(upright.orientation ?? 1).to.equal(1);
        const [red = 0, , blue = 0] = await pixel(bytes, 10, 5);
        expect(red).to.be.above(200);
        expect(blue).to.be.below(60);
      });
    }

    it('goes unless it is to be kept', async () => {
      const bytes = await redAndBlue().withExif(exif).withIccProfile('p3').jpeg().toBuffer();
      const stripped = await sharp((await convert({ format: 'webp' }, bytes)).bytes).metadata();
      expect(stripped).not.to.have.any.keys('exif', 'icc', 'xmp', 'iptc');
      const kept = await sharp((await convert({ format: 'webp', metadata: 'keep' }, bytes)).bytes).metadata();
      expect(kept.exif?.toString('latin1')).to.contain('the author');
      expect(kept).to.have.property('icc');
    });

    it('is not needed for the colours to be right', async () => {
      const [red = 0, green = 0] = await pixel(
        (
          await convert(
            { format: 'png' },
            await plain(20, 20, '#c04020').removeAlpha().withIccProfile('p3').png().toBuffer(),
          )
        ).bytes,
        10,
        10,
      );
      expect(red).to.be.within(0xc0 - 3, 0xc0 + 3);
      expect(green).to.be.within(0x40 - 3, 0x40 + 3);
    });
  });

  it('brings printing colours to the screen', async () => {
    const cmyk = await plain(40, 20, '#c04020')
      .removeAlpha()
      .toColourspace('cmyk')
      .withIccProfile('cmyk')
      .jpeg()
      .toBuffer();
    for (const metadata of ['strip', 'keep']) {
      const { bytes } = await convert({ format: 'jpeg', metadata }, cmyk);
      expect((await sharp(bytes).metadata()).space).to.equal('srgb');
      const [red = 0, green = 0, blue = 0] = await pixel(bytes, 20, 10);
      expect(red).to.be.within(0xc0 - 16, 0xc0 + 16);
      expect(green).to.be.within(0x40 - 16, 0x40 + 16);
      expect(blue).to.be.within(0x20 - 24, 0x20 + 24);
    }
  });

  it('reads the first page of a document of several, and says so', async () => {
    const pages = await Promise.all(['red', 'blue'].map((colour) => plain(20, 10, colour).png().toBuffer()));
    const tiff = await sharp(pages, { join: { animated: true } })
      .tiff({ compression: 'none' })
      .toBuffer();
    const made = await convert({ format: 'png' }, tiff, 'scan.tiff');
    expect(made.warnings).to.deep.equal(['scan.tiff: only the first of 2 pages was read.']);
    expect((await pixel(made.bytes, 10, 5)).slice(0, 3)).to.deep.equal([255, 0, 0]);
  });

  it('reads drawings in UTF-16, too', async () => {
    const bytes = Buffer.from(`\u{feff}<?xml version="1.0" encoding="UTF-16"?>${square}`, 'utf16le');
    expect(await pixel((await convert({ format: 'png' }, bytes)).bytes, 20, 10)).to.deep.equal([
      255, 0, 0, 255,
    ]);
  });
});
