// What a picture's header says of it, before a pixel is decoded.
import fs from 'node:fs/promises';
import type { Metadata, SharpInput, SharpOptions } from 'sharp';
import { AppError } from '#shared/errors.ts';
import { sharp } from '#worker/engines/sharp.ts';
import type { StepFile } from '#worker/operations/run.ts';
import { findTextEncoding } from '#worker/sandbox/sniff/text-encoding.ts';
import { toImageError } from './image-error.ts';

const svgBytesMax = 32 * 1024 * 1024;

export interface Picture {
  /** What sharp is to read: a path; the bytes for SVG, which then has no folder to load other files from. */
  readonly source: SharpInput;
  readonly vector: boolean;
  /** In pixels, of one frame, as seen: with the orientation applied. */
  readonly width: number;
  readonly height: number;
  /** Frames of an animation; 1 for all else. */
  readonly frames: number;
  /** Pages of a document (TIFF) beside the first; 0 for all else. */
  readonly pagesLeft: number;
  readonly hasAlpha: boolean;
}

/** Throws `corrupt_file` when there is no readable header. */
export async function measureImage({ path, mediaType }: StepFile): Promise<Picture> {
  const vector = mediaType === 'image/svg+xml';
  const source = vector ? await readSvg(path) : path;
  const { autoOrient, pageHeight, pages = 1, hasAlpha } = await readHeader(source);
  const animated = mediaType === 'image/gif' || mediaType === 'image/webp';
  return {
    source,
    vector,
    width: autoOrient.width,
    height: animated ? (pageHeight ?? autoOrient.height) : autoOrient.height,
    frames: animated ? pages : 1,
    pagesLeft: mediaType === 'image/tiff' ? pages - 1 : 0,
    hasAlpha,
  };
}

async function readHeader(source: SharpInput): Promise<Metadata> {
  // The limit is ours to apply (plan-size.ts), with words that name the numbers.
  const options: SharpOptions = { limitInputPixels: false, failOn: 'none' };
  try {
    return await sharp(source, options).metadata();
  } catch (error) {
    throw toImageError(error);
  }
}

async function readSvg(path: string): Promise<Buffer> {
  const { size } = await fs.stat(path);
  if (size > svgBytesMax) {
    const detail = `An SVG may have ${svgBytesMax} bytes; this one has ${size}.`;
    throw new AppError('file_too_complex', { detail });
  }
  const bytes = await fs.readFile(path);
  const encoding = await findTextEncoding(path);
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') return bytes;
  // libvips knows an SVG by its ASCII letters; without its declaration XML is UTF-8.
  return Buffer.from(new TextDecoder(encoding).decode(bytes).replace(/^\s*<\?xml[^>]*\?>/, ''));
}
