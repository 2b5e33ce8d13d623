// How each format is written, and which of them hold transparency.
import type { Sharp } from 'sharp';
import type { ImageFormat } from '#shared/operations/image/image-params.ts';

interface Encoding {
  readonly format: ImageFormat;
  readonly quality?: number | undefined;
}

/** JPEG has no transparency, nor has a TIFF that is compressed as JPEG. */
export function holdsAlpha({ format, quality }: Encoding): boolean {
  return format !== 'jpeg' && !(format === 'tiff' && quality !== undefined);
}

export function encodeImage(image: Sharp, { format, quality }: Encoding): Sharp {
  const how = quality === undefined ? {} : { quality };
  switch (format) {
    case 'jpeg':
      return image.jpeg(how);
    case 'png':
      return image.png();
    case 'webp':
      return image.webp(how);
    case 'avif':
      return image.avif(how);
    case 'tiff':
      // Without a quality nothing is lost.
      return quality === undefined
        ? image.tiff({ compression: 'deflate', predictor: 'horizontal' })
        : image.tiff({ compression: 'jpeg', quality });
    case 'gif':
      return image.gif();
  }
}
