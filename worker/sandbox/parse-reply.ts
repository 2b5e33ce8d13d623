// A runner has handled files from strangers: what it says is data to check, not to trust.
import { z } from 'zod';
import { isErrorCode } from '#shared/errors.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { JobError } from '#shared/job/job.ts';
import { jobError } from '#shared/job/job-error.ts';
import type { RunnerReply } from './protocol.ts';

/** Characters of one reply: the results of 50 inputs through many steps, with long names, fit many times over. */
export const replyCharactersMax = 4 * 1024 * 1024;
const resultsMax = 10_000;
export const warningsMax = 1000;
// As JSON: a job's record holds both lists, and one of its fields has room for 32,768 characters; results get their size
// and hash there, too.
const resultsCharactersMax = 26_000;
const warningsCharactersMax = 20_000;

const fileName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\\\p{Cc}]+$/u);
const mediaType = z.string().regex(/^[a-z0-9]+\/[a-z0-9.+-]{1,120}$/);
const text = z.string().max(4000);
const index = z.int().min(0);

const error = z
  .object({
    code: z.custom<ErrorCode>((value) => typeof value === 'string' && isErrorCode(value)),
    detail: text.optional(),
    hint: text.optional(),
    step: index.optional(),
    input: index.optional(),
  })
  // What a code means is the table's to say, not the runner's.
  .transform(({ code, step, input, ...said }): JobError => jobError(code, said, { step, input }));

const reply = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('progress'), progress: z.number().min(0).max(1) }),
  z.strictObject({
    type: z.literal('succeeded'),
    results: z
      .array(z.strictObject({ index, name: fileName, mediaType }))
      .min(1)
      .max(resultsMax)
      .refine(
        (results) => results.every((result, position) => result.index === position),
        'indexes count from 0',
      )
      .refine((results) => JSON.stringify(results).length <= resultsCharactersMax, 'results fit a record'),
    warnings: z.array(text).max(warningsMax).transform(cutList),
  }),
  z.strictObject({ type: z.literal('failed'), error }),
]);

/** As many from the front as fit. */
function cutList(warnings: string[]): string[] {
  let characters = 0;
  return warnings.filter(
    (warning) => (characters += JSON.stringify(warning).length + 1) <= warningsCharactersMax,
  );
}

/** The reply that a line holds; undefined when it holds none. Never throws. */
export function parseReply(line: string): RunnerReply | undefined {
  try {
    return reply.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
