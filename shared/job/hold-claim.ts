// What the holder of a claim may do with its job: renew, hand it back, or put it off for another attempt. Each is a
// compare-and-set on the record as the holder last knew it; `lost` means that the job is no longer the holder's.
import type { Context } from '#shared/context.ts';
import type { Job, JobError } from './job.ts';
import { jobKey, replaceJob } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import { findJob } from './read-job.ts';

export type HoldOutcome =
  | { readonly type: 'held'; readonly stored: StoredJob }
  /** Canceled, deleted, claimed by another or ended: stop working on it. */
  | { readonly type: 'lost' };

/** Moves the lease's end to a whole lease from now; progress rides along. */
export async function renewClaim(
  context: Context,
  stored: StoredJob,
  progress: number,
): Promise<HoldOutcome> {
  const { job } = stored;
  if (!job.claim) return { type: 'lost' };
  const leaseEnd = context.records.now() + context.config.jobs.leaseSeconds * 1000;
  const renewed = { ...job, claim: { ...job.claim, leaseEnd }, progress: Math.max(job.progress, progress) };
  return write(context, stored, renewed, (found) => found.claim?.id === job.claim?.id);
}

/** Gives the job back unharmed (a worker that shuts down): no attempt is spent. */
export async function giveBackJob(context: Context, stored: StoredJob): Promise<HoldOutcome> {
  return requeue(context, stored, {});
}

/** After an engine's or the platform's failure: again, but not before `notBefore`. */
export async function retryJob(context: Context, stored: StoredJob, notBefore: number): Promise<HoldOutcome> {
  return requeue(context, stored, { attempts: stored.job.attempts + 1, notBefore });
}

async function requeue(context: Context, stored: StoredJob, change: Partial<Job>): Promise<HoldOutcome> {
  const { claim: _claim, ...rest } = stored.job;
  const queued: Job = { ...rest, ...change, status: 'queued', progress: 0 };
  return write(context, stored, queued, (found) => found.status === 'queued' && found.epoch === queued.epoch);
}

/** `done` tells, after a conflict, whether the row is as this very call left it (its answer was lost the first time). */
async function write(
  context: Context,
  { job, etag }: StoredJob,
  next: Job,
  done: (found: Job) => boolean,
): Promise<HoldOutcome> {
  const outcome = await context.records.commit(job.account, [replaceJob(next, etag)]);
  if (outcome.committed)
    return { type: 'held', stored: { job: next, etag: outcome.etags.get(jobKey(job.id)) ?? '' } };
  const found = await findJob(context, job.account, job.id);
  return found && done(found.job) ? { type: 'held', stored: found } : { type: 'lost' };
}

/** Full jitter: up to 2, 4, 8 … seconds, at most a minute. In milliseconds. */
export function backoffMs({ chance }: Pick<Context, 'chance'>, attempts: number): number {
  return Math.ceil(chance.fraction() * Math.min(60_000, 1000 * 2 ** attempts));
}

/** Whether another attempt is left after this failure. */
export function mayRetry({ config }: Pick<Context, 'config'>, job: Job, error: JobError): boolean {
  return error.fault !== 'input' && error.retryable && job.attempts + 1 < config.jobs.attemptsMax;
}
