// A job as clients see it.
import { z } from 'zod';
import type { JobStatus } from '#shared/job/job.ts';
import { errorCodes } from './problem-schema.ts';

export const shownStatuses = [
  'waiting',
  'queued',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'expired',
] as const satisfies readonly JobStatus[];

const hexadecimal = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const time = z.iso.datetime().describe('RFC 3339, UTC.');

export const jobIdSchema = hexadecimal(32);

const resultSchema = z
  .strictObject({
    index: z.int().min(0),
    name: z.string(),
    mediaType: z.string(),
    bytes: z.int().min(0),
    sha256: hexadecimal(64),
    url: z.string().describe('Relative to the server.'),
  })
  .meta({ id: 'Result' });

const jobErrorSchema = z
  .strictObject({
    code: z.enum(errorCodes),
    fault: z.enum(['input', 'engine', 'platform']),
    retryable: z.boolean(),
    title: z.string(),
    detail: z.string(),
    hint: z.string(),
    step: z.int().min(0).nullable().describe('Which step failed, from 0.'),
    input: z.int().min(0).nullable().describe('On which input, from 0.'),
  })
  .meta({ id: 'JobError' });

export const jobSchema = z
  .strictObject({
    id: jobIdSchema,
    status: z.enum(shownStatuses),
    position: z
      .int()
      .min(1)
      .optional()
      .describe('Its place among the waiting jobs of the account; only while `waiting`.'),
    steps: z.array(z.strictObject({ operation: z.string(), params: z.record(z.string(), z.unknown()) })),
    inputs: z.array(
      z.strictObject({
        name: z.string(),
        bytes: z.int().min(0),
        sha256: z.string().describe('Empty once deleted.'),
      }),
    ),
    results: z.array(resultSchema),
    error: jobErrorSchema.nullable(),
    warnings: z.array(z.string()),
    progress: z.number().min(0).max(1),
    credits: z.strictObject({
      held: z.int().min(0).describe('Set aside until the job ends.'),
      charged: z.int().min(0).describe('Spent: the whole price on success, otherwise nothing.'),
    }),
    attempts: z.int().min(0).describe('Failures of an engine or of the platform so far.'),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    expiresAt: time.describe('When the job and its results go. RFC 3339, UTC.'),
  })
  .meta({ id: 'Job' });

export type JobDocument = z.output<typeof jobSchema>;

export const jobListSchema = z.strictObject({
  items: z.array(jobSchema).describe('Newest first.'),
  next: z.string().nullable().describe('The `cursor` of the next page; null on the last one.'),
});

/** The query of GET /v1/jobs. */
export const listQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: jobIdSchema.optional().describe('`next` of the page before.'),
  status: z.enum(shownStatuses).optional(),
});
