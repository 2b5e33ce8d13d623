// Params that the image operations share, so that one word means one thing in each of them.
import { z } from 'zod';
import type { MediaType } from '../media-types.ts';

export const imageFormats = ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const;
export type ImageFormat = (typeof imageFormats)[number];

export const mediaTypeByFormat: Readonly<Record<ImageFormat, MediaType>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  tiff: 'image/tiff',
  gif: 'image/gif',
};

export const imageInputs = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/tiff',
  'image/gif',
  'image/svg+xml',
] as const;

/** The largest edge that every output format can hold (WebP: 16,383 pixels). */
export const edgePixelsMax = 16_383;

export const quality = z
  .int()
  .min(1)
  .max(100)
  .optional()
  .describe('1 (small) to 100 (best), for jpeg, webp, avif and tiff. Each format has its own default.');

// CSS colours as sharp reads them; the syntax is checked here, so that a typing error is refused before the job is taken.
const colour = /^(#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,24}|(rgb|hsl)a?\([0-9.,%/ ]{1,40}\))$/i;

export const background = z
  .string()
  .regex(colour, 'must be a CSS colour such as #ffffff, white or rgb(255, 255, 255)')
  .optional()
  .describe(
    'A CSS colour: fills what `contain` leaves empty, and replaces transparency where the format has none.',
  );

export const metadata = z
  .enum(['strip', 'keep'])
  .default('strip')
  .describe('`strip` removes EXIF, XMP and IPTC; `keep` keeps them. The orientation is applied either way.');

const edge = z.int().min(1).max(edgePixelsMax);

export const width = edge.optional().describe('In pixels.');
export const height = edge.optional().describe('In pixels.');

export const fit = z
  .enum(['cover', 'contain', 'fill', 'inside', 'outside'])
  .describe('How the image meets width and height when both are given, as in CSS object-fit.');
