// What the holder of a claim may do with its job: renew, hand it back, or put it off for another attempt. Each is a
// compare-and-set on the record as the holder last knew it; `lost` means that the job is no longer the holder's.
import type { Context } from '#shared/context.ts';
import type { Fault } from '#shared/errors.ts';
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

/** The longest time between two attempts. */
export const backoffMsMax = 900_000;

/**
 * Before the next attempt, in milliseconds. An engine's failure: full jitter up to 2, 4, 8 … seconds. The platform's: half
 * fixed, half jittered, 15, 60, 240 … seconds, so that an outage of a minute does not use up the attempts of every job.
 */
export function backoffMs({ chance }: Pick<Context, 'chance'>, fault: Fault, failures: number): number {
  const most = Math.min(
    backoffMsMax,
    fault === 'platform' ? 15_000 * 4 ** (failures - 1) : 1000 * 2 ** failures,
  );
  const least = fault === 'platform' ? most / 2 : 0;
  return Math.ceil(least + chance.fraction() * (most - least));
}

/** Whether another attempt is left after this failure. */
export function mayRetry({ config }: Pick<Context, 'config'>, job: Job, error: JobError): boolean {
  return error.fault !== 'input' && error.retryable && job.attempts + 1 < config.jobs.attemptsMax;
}
