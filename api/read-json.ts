// A small JSON body, for the routes that take one. None at all is an empty object.
import express from 'express';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { AppError } from '#shared/errors.ts';
import { tokenParameter } from './authenticate.ts';
import { describeIssues } from './submission/parse-submission.ts';
import { allowBody } from './problem.ts';

const bodyBytesMax = 16 * 1024;
const parseBody = express.json({ limit: bodyBytesMax, inflate: false });

/** Throws `bad_request`, `unsupported_media_type`, `payload_too_large`, `token_in_url`, `upload_incomplete`. */
export async function readJson<Schema extends z.ZodType>(
  request: Request,
  response: Response,
  schema: Schema,
): Promise<z.output<Schema>> {
  const hasBody =
    request.get('Transfer-Encoding') !== undefined || Number(request.get('Content-Length') ?? 0) > 0;
  if (hasBody && !request.is('application/json'))
    throw new AppError('unsupported_media_type', {
      detail: 'The body is not application/json.',
      hint: 'Send JSON, or no body.',
    });
  allowBody(response);
  await new Promise<void>((resolve, reject) => {
    parseBody(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
  });
  const body: unknown = request.body ?? {};
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, tokenParameter))
    throw new AppError('token_in_url', { detail: `The body has a member ${tokenParameter}.` });
  const parsed = schema.safeParse(body);
  if (!parsed.success)
    throw new AppError('bad_request', { detail: `The body: ${describeIssues(parsed.error)}` });
  return parsed.data;
}
