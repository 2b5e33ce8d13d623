// Range requests (RFC 9110 §14): one range of bytes. Anything else is ignored, as the specification allows, and the whole
// file is sent.
import type { Request } from 'express';
import { AppError } from '#shared/errors.ts';
import type { ByteRange } from '#shared/blobs/blob-store.ts';

const rangePattern = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/;

/**
 * The range to send of `bytes` with this strong ETag; undefined for the whole. Throws `range_not_satisfiable`.
 */
export function parseRange(request: Request, bytes: number, etag: string): ByteRange | undefined {
  const [, first = '', last = ''] = rangePattern.exec(request.get('Range') ?? '') ?? [];
  if (request.method !== 'GET' || (first === '' && last === '') || !isSameFile(request, etag))
    return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start > end)
    throw new AppError('range_not_satisfiable', { detail: `The file has ${bytes} bytes.`, extra: { bytes } });
  return { start, end };
}

/** If-Range: the client has a part already, and wants the rest only of the same file. A date never matches: there is none. */
function isSameFile(request: Request, etag: string): boolean {
  const condition = request.get('If-Range');
  return condition === undefined || condition.trim() === etag;
}
