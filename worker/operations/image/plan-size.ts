// How large a picture will be, known from its header and the params, and refused before a pixel is decoded
// when it cannot be read or written at that size.
import { AppError } from '#shared/errors.ts';
import type { ImageFormat } from '#shared/operations/image/image-params.ts';
import { pixelsMax } from '#worker/engines/sharp.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Wanted {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fit: 'cover' | 'contain' | 'fill' | 'inside' | 'outside';
}

/** The longest edge each format can say in its header, in pixels (AVIF: what libheif writes). */
const edgePixelsMax: Readonly<Record<ImageFormat, number>> = {
  jpeg: 65_500,
  png: 1_000_000,
  webp: 16_383,
  avif: 16_384,
  tiff: 1_000_000,
  gif: 65_535,
};

/** The size in whole pixels, at least 1 × 1; the same when nothing is wanted. */
export function planSize(from: Size, { width, height, fit }: Wanted): Size {
  if (width === undefined && height === undefined) return from;
  if (width !== undefined && height !== undefined && fit !== 'inside' && fit !== 'outside')
    return { width, height };
  const ratios = [width && width / from.width, height && height / from.height].filter(
    (ratio) => ratio !== undefined,
  );
  const ratio = fit === 'outside' ? Math.max(...ratios) : Math.min(...ratios);
  return scaleSize(from, ratio);
}

export function scaleSize({ width, height }: Size, ratio: number): Size {
  return { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) };
}

/** Throws `image_too_large`; `what` begins the sentence for the client. */
export function assertPixels(what: string, { width, height }: Size, frames: number): void {
  const pixels = width * height * frames;
  if (pixels <= pixelsMax) return;
  const times = frames > 1 ? ` × ${frames} frames` : '';
  throw new AppError('image_too_large', {
    detail: `${what} ${width} × ${height}${times} = ${pixels} pixels; at most ${pixelsMax} are allowed.`,
    hint: 'Make the image smaller, or ask for a smaller result.',
  });
}

/** The longest edge that librsvg draws, in pixels. */
const drawnEdgePixelsMax = 32_767;

/** Throws `image_too_large` when a vector picture cannot be drawn at this size. */
export function assertDrawable({ width, height }: Size): void {
  if (Math.max(width, height) <= drawnEdgePixelsMax) return;
  throw new AppError('image_too_large', {
    detail: `The drawing would have ${width} × ${height} pixels; an edge may have at most ${drawnEdgePixelsMax}.`,
    hint: 'Ask for a smaller width or height.',
  });
}

/** Throws `image_too_large` when the format cannot hold an image of this size. */
export function assertFits({ width, height }: Size, format: ImageFormat): void {
  const edge = Math.max(width, height);
  if (edge <= edgePixelsMax[format]) return;
  throw new AppError('image_too_large', {
    detail: `The result would be ${width} × ${height} pixels; an edge of a ${format} image has at most ${edgePixelsMax[format]}.`,
    hint: 'Ask for a smaller width or height, or for png.',
  });
}
