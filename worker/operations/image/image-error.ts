// What sharp and libvips throw, in the platform's words. Their messages name the part that failed
// (`VipsJpeg: …`, `webpsave: …`): a reader that fails has met a bad file, a writer that fails is an engine's fault.
import { AppError } from '#shared/errors.ts';

const writerWords =
  /save|wbuffer|unable to (write|open)|write (error|failed)|no space|out of memory|unable to malloc/i;

export function toImageError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // libvips lists every part that gave up; the first one had the reason to.
  const [message = ''] = String(error instanceof Error ? error.message : error).split('\n');
  if (/exceeds pixel limit|too large/i.test(message)) {
    return new AppError('image_too_large', {
      detail: 'The image is larger than its format allows.',
      cause: error,
    });
  }
  if (writerWords.test(message)) {
    return new AppError('engine_failed', { detail: 'The image could not be written.', cause: error });
  }
  return new AppError('corrupt_file', {
    detail: 'The image is damaged or incomplete and cannot be read to its end.',
    hint: 'Save or upload the image again.',
    cause: error,
  });
}
