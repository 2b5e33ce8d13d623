// What a client says about a job to be done, beside its files.
import { z } from 'zod';
import { stepsMax } from '#shared/job/plan-job.ts';

export const ttlSecondsMin = 60;
/** Of any configuration. */
const ttlSecondsMax = 30 * 86_400;

const params = z.record(z.string(), z.unknown());

/** The part `job`. */
export const jobPartSchema = z
  .strictObject({
    steps: z
      .array(z.strictObject({ operation: z.string().min(1).max(100), params: params.optional() }))
      .min(1)
      .max(stepsMax)
      .describe('Run one after another, each on what the one before made.'),
    ttlSeconds: z
      .int()
      .min(ttlSecondsMin)
      .max(ttlSecondsMax)
      .optional()
      .describe(
        'How long to keep the job and its results; never longer than the limit that GET /v1/account shows.',
      ),
  })
  .meta({ id: 'JobRequest' });

/** The part `params`. */
export const paramsPartSchema = params;

/** Parts of POST /v1/jobs other than `file`. */
export const submissionParts: readonly string[] = ['operation', 'params', 'job'];
