// What is said about a result beside its bytes.
import type { Response } from 'express';
import type { JobResult } from '#shared/job/job.ts';
import { attachment } from './content-disposition.ts';

/** Length and status are the sender's. */
export function setResultHeaders(response: Response, result: JobResult): void {
  response.setHeader('Content-Type', contentType(result.mediaType));
  response.setHeader('Content-Disposition', attachment(result.name));
  response.setHeader('Cache-Control', 'private');
  response.setHeader('ETag', `"${result.sha256}"`);
  // RFC 9530: of the whole file, whatever part of it is sent.
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(result.sha256, 'hex').toString('base64')}:`);
}

/** The bytes are said to be text in UTF-8 only where the platform made them so. */
function contentType(mediaType: string): string {
  return mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType;
}
