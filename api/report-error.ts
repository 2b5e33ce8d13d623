// The only place where an error becomes an answer. What is ours says itself; what the framework throws about a malformed
// request becomes one of ours; the rest is `internal`, logged with its stack and answered without a word of it.
import type { ErrorRequestHandler } from 'express';
import { AppError, toAppError } from '#shared/errors.ts';
import type { ApiContext } from './api-context.ts';
import { requestIdOf } from './observe-request.ts';
import { sendError } from './problem.ts';

export function reportError({ log }: ApiContext): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    const error = translate(thrown);
    if (error.status >= 500)
      log.error(
        { error: error.cause ?? error, code: error.code, requestId: requestIdOf(response) },
        'a request failed',
      );
    if (response.headersSent || request.socket.destroyed) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    sendError(response, error);
  };
}

/** SQLite's primary result code for a full disk: https://www.sqlite.org/rescode.html#full */
const sqliteFull = 13;

/** The disk under the store has no room left; whoever wraps such an error keeps it as the cause. */
function isFull(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { code, errcode, cause } = thrown as { code?: unknown; errcode?: unknown; cause?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || errcode === sqliteFull || isFull(cause);
}

function storageFull(cause: unknown): AppError {
  return new AppError('unavailable', {
    detail: 'The platform has no room left to store anything.',
    hint: 'Try again later; its operator has to make room.',
    retryAfterSeconds: 30,
    cause,
  });
}

/** Errors of Express and its body parser carry a status and a type. */
function translate(thrown: unknown): AppError {
  if (isFull(thrown)) return storageFull(thrown);
  if (thrown instanceof AppError || typeof thrown !== 'object' || thrown === null) return toAppError(thrown);
  const { status, type } = thrown as { readonly status?: unknown; readonly type?: unknown };
  const cause = thrown;
  if (thrown instanceof URIError || type === undefined)
    return status === 400
      ? new AppError('bad_request', {
          detail: 'The address is not well-formed: a percent-encoding is wrong.',
          cause,
        })
      : toAppError(thrown);
  switch (type as string) {
    case 'entity.parse.failed':
      return new AppError('bad_request', { detail: 'The body is not valid JSON.', cause });
    case 'entity.too.large':
      return new AppError('payload_too_large', { detail: 'The JSON body is too long.', cause });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('unsupported_media_type', {
        detail: 'Send the body in UTF-8, with no content encoding.',
        cause,
      });
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('upload_incomplete', { cause });
    default:
      return typeof status === 'number' && status < 500
        ? new AppError('bad_request', { cause })
        : toAppError(thrown);
  }
}
