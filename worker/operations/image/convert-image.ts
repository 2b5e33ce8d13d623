// convert-image inside the sandbox.
import type { Run } from '#worker/operations/run.ts';
import { renderImage } from './render-image.ts';

export const convertImage: Run<'convert-image'> = async ({ params, ...place }) => [
  await renderImage(place, params),
];
