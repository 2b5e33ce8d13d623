// Small pictures whose content a test can check pixel by pixel.
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { Sharp } from 'sharp';

/** One colour all over. */
export function plain(width: number, height: number, background: string): Sharp {
  return sharp({ create: { width, height, channels: 4, background } });
}

/** Left half red, right half blue: shows which way round a picture is. 40 × 20 pixels. */
export function redAndBlue(): Sharp {
  const half = { create: { width: 20, height: 20, channels: 3 as const, background: 'blue' } };
  return sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
    .composite([{ input: half, left: 20, top: 0 }])
    .removeAlpha();
}

/** A red, a lime and a blue frame of 60 × 40 pixels. */
export async function animation(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = await Promise.all(
    ['red', 'lime', 'blue'].map((colour) => plain(60, 40, colour).png().toBuffer()),
  );
  const joined = sharp(frames, { join: { animated: true } });
  const timing = { delay: [100, 200, 300], loop: 2 };
  return await (
    format === 'gif' ? joined.gif(timing) : joined.webp({ ...timing, lossless: true })
  ).toBuffer();
}

/** A PNG that claims a size and holds a few bytes: harmless to keep, a bomb to whoever decodes it. */
export function pixelBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc(width));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(data.length, 0);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}
