// The problem document (RFC 9457), as promised in OpenAPI and as sent.
import { z } from 'zod';
import { errorKinds } from '#shared/errors.ts';
import type { ErrorCode } from '#shared/errors.ts';

export const errorCodes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]];

export const problemSchema = z
  .looseObject({
    type: z.string().describe('`urn:millrace:error:{code}`'),
    title: z.string().describe('The same for every occurrence of the code.'),
    status: z.int(),
    detail: z.string().describe('What happened this time.'),
    code: z.enum(errorCodes),
    retryable: z.boolean().describe('Whether the same request can succeed later.'),
    fault: z.enum(['input', 'engine', 'platform']).describe('`input` is never charged nor retried.'),
    hint: z.string().describe('What to do about it.'),
    requestId: z.string(),
  })
  .meta({
    id: 'Problem',
    description: 'A problem document (RFC 9457). Some codes add members of their own.',
  });

export type Problem = z.output<typeof problemSchema>;
