// resize-image: exactly the size that was asked for, in the picture's own format unless another is named.
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp from 'sharp';
import { imageFormats, mediaTypeByFormat } from '#shared/operations/image/image-params.ts';
import { animation, plain } from '#test/samples/pictures.ts';
import { openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';

describe('resize-image', () => {
  let slot: OperationSlot;
  before(async () => (slot = await openOperationSlot()));
  after(() => slot.close());

  const resize = (params: Record<string, unknown>, bytes: Buffer | string) =>
    slot.convert('resize-image', params, { name: 'photo.bin', bytes });

  async function sizeOf(bytes: Buffer): Promise<(number | undefined)[]> {
    const { width, height } = await sharp(bytes).metadata();
    return [width, height];
  }

  for (const format of imageFormats) {
    it(`keeps ${format}`, async () => {
      const made = await resize({ width: 30 }, await plain(60, 40, 'teal').toFormat(format).toBuffer());
      expect(made.mediaType).to.equal(mediaTypeByFormat[format]);
      expect(await sizeOf(made.bytes)).to.deep.equal([30, 20]);
    });
  }

  it('makes the format that is asked for', async () => {
    const made = await resize({ width: 30, format: 'webp' }, await plain(60, 40, 'teal').png().toBuffer());
    expect(made).to.include({ mediaType: 'image/webp', name: 'photo.webp' });
  });

  for (const [fit, size] of Object.entries({
    cover: [100, 100],
    contain: [100, 100],
    fill: [100, 100],
    inside: [100, 50],
    outside: [200, 100],
  })) {
    it(`meets width and height as ${fit} says`, async () => {
      const bytes = await plain(60, 30, 'teal').png().toBuffer();
      expect(await sizeOf((await resize({ width: 100, height: 100, fit }, bytes)).bytes)).to.deep.equal(size);
    });
  }

  it('fills what contain leaves empty with the background', async () => {
    const bytes = await plain(60, 30, 'teal').png().toBuffer();
    const at = async (params: Record<string, unknown>) => {
      const made = await resize({ width: 60, height: 60, fit: 'contain', ...params }, bytes);
      return [
        ...(await sharp(made.bytes).extract({ left: 30, top: 2, width: 1, height: 1 }).raw().toBuffer()),
      ];
    };
    expect((await at({}))[3]).to.equal(0);
    expect(await at({ background: '#ff8000' })).to.deep.equal([255, 128, 0, 255]);
    expect(Math.min(...(await at({ format: 'jpeg' })))).to.be.above(250);
  });

  it('sizes each frame of an animation', async () => {
    const { bytes } = await resize({ width: 20, height: 20 }, await animation('gif'));
    const { pages, width, pageHeight } = await sharp(bytes, { animated: true }).metadata();
    expect({ pages, width, pageHeight }).to.deep.equal({ pages: 3, width: 20, pageHeight: 20 });
  });

  it('draws a drawing at the size it is wanted in: its edges stay sharp', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10" fill="white"/>' +
      '<rect width="5" height="10" fill="black"/></svg>';
    const made = await resize({ width: 1000 }, svg);
    expect(made.mediaType).to.equal('image/png');
    expect(await sizeOf(made.bytes)).to.deep.equal([1000, 1000]);
    const row = await sharp(made.bytes)
      .extract({ left: 0, top: 500, width: 1000, height: 1 })
      .greyscale()
      .raw()
      .toBuffer();
    expect(row.filter((value) => value > 0 && value < 255).length).to.be.below(4);
  });

  it('draws even a huge drawing when the result is small', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="50000"><rect width="9" height="9"/></svg>';
    expect(await sizeOf((await resize({ width: 200 }, svg)).bytes)).to.deep.equal([200, 100]);
  });

  it('goes on from one step to the next', async () => {
    const { files, progress } = await slot.make(
      [
        { operation: 'resize-image', params: { width: 30 } },
        { operation: 'convert-image', params: { format: 'jpeg' } },
      ],
      { name: 'a.png', bytes: await plain(60, 40, 'teal').png().toBuffer() },
      { name: 'A.webp', bytes: await plain(90, 40, 'teal').webp().toBuffer() },
    );
    expect(files.map(({ name, mediaType }) => [name, mediaType])).to.deep.equal([
      ['a.jpg', 'image/jpeg'],
      ['A-2.jpg', 'image/jpeg'],
    ]);
    expect(await sizeOf(files[0]?.bytes ?? Buffer.alloc(0))).to.deep.equal([30, 20]);
    expect(progress).to.deep.equal([0.25, 0.5, 0.75, 1]);
  });
});
