// A worker's answer to a message: may I work on this job? The record decides, never the message: it may be late,
// doubled or without a record.
//
// A live lease is never stolen; an expired one costs the job a lost claim, not an attempt. Past its caps or its
// time, the job ends here.
import type { Context } from '#shared/context.ts';
import { findOperation } from '#shared/operations/catalogue.ts';
import { backoffMsMax } from './hold-claim.ts';
import { isTerminal } from './job.ts';
import type { Job } from './job.ts';
import { jobError } from './job-error.ts';
import { timeOfJobId } from './job-id.ts';
import { jobKey, jobVersion, replaceJob } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import type { JobReminder } from './message.ts';
import { findJob } from './read-job.ts';
import { settleJob } from './settle-job.ts';
import { voidJob } from './void-job.ts';

export type ClaimOutcome =
  | { readonly type: 'claimed'; readonly stored: StoredJob }
  /** It has ended (just now, or before): finish its after-effects, acknowledge. */
  | { readonly type: 'ended'; readonly stored: StoredJob }
  /** Not now: hide the message for this long. */
  | { readonly type: 'later'; readonly ms: number }
  /** It never was: acknowledge. */
  | { readonly type: 'void' };

/** How long a message without a record is given, beyond the longest upload that its id may date from. */
export const recordMsMax = 600_000;
const missingMs = 30_000;
const racedMs = 50;

/** Another version of the platform is at work here: long enough for a deploy to bring a worker that understands. */
const notUnderstoodMs = 60_000;

/** Rejects when the store does: the message then comes back after its visibility. */
export async function claimJob(context: Context, reminder: JobReminder): Promise<ClaimOutcome> {
  const now = context.records.now();
  const leaseMs = context.config.jobs.leaseSeconds * 1000;
  const stored = await findJob(context, reminder.account, reminder.job);
  if (!stored) return giveUpMissing(context, reminder, now);
  const { job } = stored;
  if (job.status === 'void') return { type: 'void' };
  if (isTerminal(job.status)) return { type: 'ended', stored };
  // At most a lease at a time: a clock that was set back must not hide a job for longer than it is looked at.
  if (job.claim && job.claim.leaseEnd > now) return later(Math.min(job.claim.leaseEnd - now, leaseMs));
  const endedBy = causeOfEnd(context, job, now);
  if (endedBy) return end(context, stored, endedBy);
  if (job.notBefore !== undefined && job.notBefore > now)
    return later(Math.min(job.notBefore - now, backoffMsMax));
  if (!isUnderstood(job)) return later(notUnderstoodMs);
  return claim(context, stored, now);
}

function later(ms: number): ClaimOutcome {
  return { type: 'later', ms };
}

/** Whether this worker knows the record's form, its operations and their params: an api may be newer than a worker. */
function isUnderstood({ version, steps }: Job): boolean {
  return (
    version <= jobVersion &&
    steps.every(
      ({ operation, params }) => findOperation(operation)?.params.safeParse(params).success === true,
    )
  );
}

async function giveUpMissing(
  context: Context,
  { account, job }: JobReminder,
  now: number,
): Promise<ClaimOutcome> {
  const patienceMs = context.config.limits.transferSecondsMax * 1000 + recordMsMax;
  if (now - timeOfJobId(job) < patienceMs) return later(missingMs);
  await voidJob(context, account, job);
  const stored = await findJob(context, account, job);
  if (stored?.job.status !== 'void') return later(racedMs);
  context.log.warn({ account, job }, 'a message had no record; its job is void');
  return { type: 'void' };
}

function causeOfEnd(
  { config }: Context,
  job: Job,
  now: number,
): 'expired_in_queue' | 'claims_lost' | undefined {
  if (job.expiresAt <= now) return 'expired_in_queue';
  return job.claim && job.lostClaims + 1 >= config.jobs.lostClaimsMax ? 'claims_lost' : undefined;
}

async function end(
  context: Context,
  stored: StoredJob,
  code: 'expired_in_queue' | 'claims_lost',
): Promise<ClaimOutcome> {
  const after = code === 'claims_lost' ? (['dead-letter'] as const) : [];
  const outcome = await settleJob(context, stored, { status: 'failed', error: jobError(code), after });
  return outcome.type === 'settled' ? { type: 'ended', stored: outcome.stored } : later(racedMs);
}

async function claim(context: Context, { job, etag }: StoredJob, now: number): Promise<ClaimOutcome> {
  const { config, chance, metrics, records } = context;
  const { notBefore: _notBefore, ...rest } = job;
  const claimed: Job = {
    ...rest,
    status: 'running',
    epoch: job.epoch + 1,
    claim: { epoch: job.epoch + 1, id: chance.hex(32), leaseEnd: now + config.jobs.leaseSeconds * 1000 },
    lostClaims: job.lostClaims + (job.claim ? 1 : 0),
    progress: 0,
    startedAt: job.startedAt ?? now,
  };
  const outcome = await records.commit(job.account, [replaceJob(claimed, etag)]);
  if (!outcome.committed) return later(racedMs);
  if (job.claim) metrics.claimsLost.inc({ lane: job.lane });
  if (job.startedAt === undefined)
    metrics.jobWaitSeconds.observe({ lane: job.lane }, (now - job.createdAt) / 1000);
  return { type: 'claimed', stored: { job: claimed, etag: outcome.etags.get(jobKey(job.id)) ?? '' } };
}
