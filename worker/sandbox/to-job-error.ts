// Whatever a step threw, as the client may read it. Only our own errors carry words for the client; anything
// else could hold paths or pieces of the file, so it goes to the operator's log and leaves a general sentence.
import { AppError } from '#shared/errors.ts';
import type { JobError } from '#shared/job/job.ts';
import { jobError } from '#shared/job/job-error.ts';
import type { Where } from '#shared/job/job-error.ts';

/** An error with the step and the input file that it happened on. */
export class StepError extends Error {
  readonly where: Where;

  constructor(where: Where, cause: unknown) {
    super('a step failed', { cause });
    this.name = 'StepError';
    this.where = where;
  }
}

export function toJobError(thrown: unknown): JobError {
  const where = thrown instanceof StepError ? thrown.where : {};
  const error = thrown instanceof StepError ? thrown.cause : thrown;
  if (error instanceof AppError) {
    // The engine's own words, for the operator: they are no business of the client's.
    if (error.cause !== undefined) process.stderr.write(`${error.code}: ${describe(error.cause)}\n`);
    return jobError(error.code, error, where);
  }
  process.stderr.write(`unexpected: ${describe(error)}\n`);
  return jobError(
    'engine_failed',
    { detail: 'The converter failed in a way that it does not explain.' },
    where,
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
