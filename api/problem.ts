// Problem documents (RFC 9457), the form of every error answer.
import type { Request, Response } from 'express';
import { errorHints } from '#shared/error-hints.ts';
import { errorKinds } from '#shared/errors.ts';
import type { AppError, ErrorCode } from '#shared/errors.ts';
import type { Problem } from './schemas/problem-schema.ts';
import { requestIdOf } from './observe-request.ts';

/** What RateLimit-aware clients wait when the error itself gave no time. */
const retryAfterSecondsDefault = 2;

export function problemType(code: ErrorCode): string {
  return `urn:millrace:error:${code}`;
}

export function problemOf(error: AppError, requestId: string): Problem {
  const { title, status } = errorKinds[error.code];
  return {
    // First, so that no extra member can take the place of one of ours.
    ...error.extra,
    type: problemType(error.code),
    title,
    status,
    detail: error.detail ?? title,
    code: error.code,
    retryable: error.retryable,
    fault: error.fault,
    hint: error.hint ?? errorHints[error.code],
    requestId,
  };
}

/** Answers with the error; every 429 and 503 says when to come back. */
export function sendError(response: Response, error: AppError): void {
  const retryAfter = error.retryAfterSeconds ?? (error.status === 503 ? retryAfterSecondsDefault : undefined);
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  sendProblem(response, problemOf(error, requestIdOf(response)));
}

/** What was already said about a body that will not come is taken back. */
const bodyHeaders = [
  'Content-Disposition',
  'Content-Encoding',
  'ETag',
  'Repr-Digest',
  'Accept-Ranges',
  'Last-Modified',
];

export function sendProblem(response: Response, problem: Problem): void {
  for (const name of bodyHeaders) response.removeHeader(name);
  const body = Buffer.from(JSON.stringify(problem));
  response.status(problem.status);
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', body.length);
  response.setHeader('Cache-Control', 'no-store');
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  endAfterBody(response, body);
}

const lingerBytesMax = 64 * 1024 * 1024;
const lingerMs = 5000;

/**
 * Sends the answer at once but ends it only after what the client still sends has been read, up to a bound: closing a
 * connection with unread data resets it, and the client would lose the answer.
 */
function endAfterBody(response: Response, body: Buffer): void {
  const request = response.req;
  if (!hasBody(request) || request.complete || request.destroyed) {
    response.end(body);
    return;
  }
  response.setHeader('Connection', 'close');
  response.write(body);
  response.locals['answered'] = true;
  if (isBodyHeldBack(response)) {
    response.end();
    return;
  }
  let bytes = 0;
  const timer = setTimeout(end, lingerMs);
  function end(): void {
    clearTimeout(timer);
    request.off('data', count);
    response.end();
  }
  function count(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > lingerBytesMax) end();
  }
  request.on('data', count).once('end', end).once('close', end).once('error', end);
  request.resume();
}

/** `complete` alone is not enough: of a request without a body it becomes true only after its handlers have begun. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The client waits for leave to send its body (`Expect: 100-continue`), and has not been given it. */
function isBodyHeldBack(response: Response): boolean {
  return response.req.headers.expect !== undefined && response.locals['continued'] !== true;
}

/** Gives a client that asked leave to send its body; before this, a refusal costs it nothing. */
export function allowBody(response: Response): void {
  if (response.req.headers.expect === undefined || response.locals['continued'] === true) return;
  response.locals['continued'] = true;
  response.writeContinue();
}
