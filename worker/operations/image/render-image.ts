// A picture in, a picture out: what every image operation comes down to.
//
//  - Sizes are checked against the header first; nothing is decoded that is too large to read or to write.
//  - The orientation is applied to the pixels, and its tag goes, also when metadata is kept.
//  - An animation stays one where the format can move; elsewhere its first frame stands for it, with a warning.
//  - Without `keep` nothing of EXIF, XMP, IPTC or ICC leaves; the colours are converted to sRGB first.
import path from 'node:path';
import type { Sharp } from 'sharp';
import { mediaTypeByFormat } from '#shared/operations/image/image-params.ts';
import type { ImageFormat } from '#shared/operations/image/image-params.ts';
import { extensionFor } from '#shared/operations/media-types.ts';
import { pixelsMax, sharp } from '#worker/engines/sharp.ts';
import type { StepFile } from '#worker/operations/run.ts';
import { parseBackground } from './parse-background.ts';
import { encodeImage, holdsAlpha } from './encode-image.ts';
import { toImageError } from './image-error.ts';
import { measureImage } from './measure-image.ts';
import type { Picture } from './measure-image.ts';
import { assertDrawable, assertFits, assertPixels, planSize, scaleSize } from './plan-size.ts';
import type { Size, Wanted } from './plan-size.ts';

export interface Rendering extends Wanted {
  readonly format: ImageFormat;
  readonly quality?: number | undefined;
  readonly background?: string | undefined;
  readonly metadata: 'strip' | 'keep';
}

interface Place {
  readonly input: StepFile;
  readonly folder: string;
  readonly warn: (warning: string) => void;
}

/** Throws `corrupt_file`, `image_too_large`, `invalid_params` or `engine_failed`. */
export async function renderImage({ input, folder, warn }: Place, rendering: Rendering): Promise<StepFile> {
  const background = parseBackground(rendering.background);
  const picture = await measureImage(input);
  const animated = picture.frames > 1 && (rendering.format === 'gif' || rendering.format === 'webp');
  const size = planSize(picture, rendering);
  const { density, drawn } = planDrawing(picture, size);
  assertPixels('The image has', drawn, animated ? picture.frames : 1);
  if (picture.vector) assertDrawable(drawn);
  assertPixels('The result would have', size, animated ? picture.frames : 1);
  assertFits(size, rendering.format);
  warnOfLoss(input.name, picture, rendering, animated, warn);

  const decoded = sharp(picture.source, {
    animated,
    failOn: 'error',
    limitInputPixels: pixelsMax,
    sequentialRead: true,
    ...(density !== undefined && { density }),
  });
  const drawnUp = resize(animated ? decoded : decoded.autoOrient(), rendering, background);
  const flat = holdsAlpha(rendering) ? drawnUp : drawnUp.flatten({ background: background ?? 'white' });
  const kept = rendering.metadata === 'keep' ? flat.keepMetadata() : flat;

  const mediaType = mediaTypeByFormat[rendering.format];
  const output = path.join(folder, `result.${extensionFor(mediaType)}`);
  try {
    await encodeImage(kept, rendering).toFile(output);
  } catch (error) {
    throw toImageError(error);
  }
  return { path: output, name: input.name, mediaType };
}

function resize(
  image: Sharp,
  { width, height, fit, format }: Rendering,
  background: string | undefined,
): Sharp {
  if (width === undefined && height === undefined) return image;
  const empty = holdsAlpha({ format }) ? 'transparent' : 'white';
  return image.resize({
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    fit,
    background: background ?? empty,
  });
}

/** A vector picture is drawn at the size it is wanted in, rather than drawn small and blown up. */
function planDrawing(picture: Picture, size: Size): { density?: number; drawn: Size } {
  if (!picture.vector) return { drawn: picture };
  const ratio = Math.max(size.width / picture.width, size.height / picture.height);
  // sharp: 72 draws a pixel as a pixel; from 1 to 100,000.
  const density = Math.min(100_000, Math.max(1, 72 * ratio));
  return { density, drawn: scaleSize(picture, density / 72) };
}

function warnOfLoss(
  name: string,
  picture: Picture,
  rendering: Rendering,
  animated: boolean,
  warn: (warning: string) => void,
): void {
  const { format } = rendering;
  if (picture.frames > 1 && !animated) {
    warn(`${name}: ${format} cannot hold an animation; the result is the first of ${picture.frames} frames.`);
  }
  if (picture.pagesLeft > 0) warn(`${name}: only the first of ${picture.pagesLeft + 1} pages was read.`);
  if (rendering.quality !== undefined && (format === 'png' || format === 'gif')) {
    warn(`${name}: quality has no meaning for ${format} and was left aside.`);
  }
  if (picture.hasAlpha && format === 'tiff' && !holdsAlpha(rendering)) {
    warn(`${name}: a tiff with a quality is compressed as JPEG, which has no transparency.`);
  }
}
