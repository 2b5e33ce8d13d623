// The pieces that the description of every route is made of.
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { problemSchema } from '../schemas/problem-schema.ts';

const problemTexts = {
  400: 'The request is not valid.',
  401: 'No valid key.',
  402: 'Not enough credits.',
  403: 'The key, or the account, may not do this.',
  404: 'There is nothing here.',
  405: 'Another method is needed; `Allow` says which.',
  408: 'The request took too long to arrive.',
  409: 'The job is not in a state for this.',
  410: 'The job has expired or was deleted.',
  413: 'The request is too large.',
  415: 'This kind of content is not accepted.',
  416: 'The range lies outside the file.',
  422: 'The request is valid but cannot be done.',
  500: 'Something went wrong on the server.',
  503: 'Not now; `Retry-After` says when.',
} as const;

export type ProblemStatus = keyof typeof problemTexts;

const always: readonly ProblemStatus[] = [400, 405, 500, 503];
const authenticated: readonly ProblemStatus[] = [401, 403];

function problem(status: ProblemStatus) {
  const retryAfter = status === 503 ? { headers: z.object({ 'Retry-After': z.string() }) } : {};
  return {
    description: problemTexts[status],
    content: { 'application/problem+json': { schema: problemSchema } },
    ...retryAfter,
  };
}

/** The success answers of a route, with the problems it may answer, those of every route included. */
export function responses(
  successes: ZodOpenApiResponsesObject,
  problems: readonly ProblemStatus[],
): ZodOpenApiResponsesObject {
  const all: ZodOpenApiResponsesObject = { ...successes };
  for (const status of [...always, ...problems].toSorted((a, b) => a - b)) all[`${status}`] = problem(status);
  return all;
}

/** As responses(), for a route that needs a key. */
export function responsesWithKey(successes: ZodOpenApiResponsesObject, problems: readonly ProblemStatus[]) {
  return responses(successes, [...authenticated, ...problems]);
}

export function json(schema: z.ZodType, description: string, headers?: Record<string, z.ZodType>) {
  return {
    description,
    content: { 'application/json': { schema } },
    ...(headers ? { headers: z.object(headers) } : {}),
  };
}

/** A file: its bytes are not JSON and follow no schema. */
export function bytes(
  description: string,
  mediaTypes: readonly string[],
  headers: Record<string, z.ZodType> = {},
) {
  const content = Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, {}]));
  return { description, content, headers: z.object(headers) };
}

export const withKey: Pick<ZodOpenApiOperationObject, 'security'> = { security: [{ key: [] }] };

export const preferHeader = z.object({
  Prefer: z
    .string()
    .optional()
    .describe(
      '`wait=n`: answer when the job has ended, or after n seconds (RFC 7240). `respond-async`: do not wait.',
    ),
});

export const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .describe(
      'The same request under the same key is done once; another request under it is refused with 422.',
    ),
});

export const location = z.string().describe('Of the job, relative to the server.');
export const retryAfter = z.string().describe('Seconds after which to ask again.');
export const replayed = z
  .literal('true')
  .optional()
  .describe('The job was accepted by an earlier request with this key.');
export const preferenceApplied = z.string().optional();
