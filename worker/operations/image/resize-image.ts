// resize-image inside the sandbox: without a format the picture keeps its own; a drawing (SVG) becomes png.
import { mediaTypeByFormat } from '#shared/operations/image/image-params.ts';
import type { ImageFormat } from '#shared/operations/image/image-params.ts';
import type { Run } from '#worker/operations/run.ts';
import { renderImage } from './render-image.ts';

export const resizeImage: Run<'resize-image'> = async ({ params, ...place }) => {
  const format = params.format ?? formatOf(place.input.mediaType);
  return [await renderImage(place, { ...params, format })];
};

function formatOf(mediaType: string): ImageFormat {
  const formats = Object.keys(mediaTypeByFormat) as ImageFormat[];
  return formats.find((format) => mediaTypeByFormat[format] === mediaType) ?? 'png';
}
