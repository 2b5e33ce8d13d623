// An image at another size, in its own format or another.
import { z } from 'zod';
import { defineOperation, priceBySize, tenMebibytes } from '../operation.ts';
import * as params from './image-params.ts';

export const resizeImage = defineOperation({
  name: 'resize-image',
  family: 'image',
  summary: 'Resizes an image; keeps animation, and its format unless another is asked for.',
  lane: 'images',
  params: z
    .strictObject({
      width: params.width,
      height: params.height,
      fit: params.fit.default('cover'),
      format: z
        .enum(params.imageFormats)
        .optional()
        .describe('The input’s own format when absent; png for SVG.'),
      quality: params.quality,
      background: params.background,
      metadata: params.metadata,
    })
    .refine((given) => given.width !== undefined || given.height !== undefined, {
      path: ['width'],
      message: 'give width, height or both',
    }),
  accepts: params.imageInputs,
  produces: ({ format }) =>
    format ? [params.mediaTypeByFormat[format]] : Object.values(params.mediaTypeByFormat),
  price: priceBySize(1, tenMebibytes),
  deadlineSeconds: 60,
  example: { file: 'photo.png', params: { width: 320, format: 'webp' } },
});
