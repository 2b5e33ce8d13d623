// An image in another format.
import { z } from 'zod';
import { defineOperation, priceBySize, tenMebibytes } from '../operation.ts';
import * as params from './image-params.ts';

export const convertImage = defineOperation({
  name: 'convert-image',
  family: 'image',
  summary: 'Converts an image to another format, optionally resized; keeps animation.',
  lane: 'images',
  params: z.strictObject({
    format: z.enum(params.imageFormats).describe('The format of the result.'),
    width: params.width,
    height: params.height,
    fit: params.fit.default('inside'),
    quality: params.quality,
    background: params.background,
    metadata: params.metadata,
  }),
  accepts: params.imageInputs,
  produces: ({ format }) => [params.mediaTypeByFormat[format]],
  price: priceBySize(1, tenMebibytes),
  deadlineSeconds: 60,
  example: { file: 'photo.png', params: { format: 'jpeg', quality: 80, background: '#ffffff' } },
});
