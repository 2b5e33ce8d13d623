// A worker's answer to a message: may I work on this job? The record decides, never the message: it may be late,
// doubled or without a record.
//
// A live lease is never stolen; an expired one costs the job a lost claim, not an attempt. Past its caps or its
// time, the job ends here.
import type { Context } from '#shared/context.ts';
import { errorKinds } from '#shared/errors.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { Job, JobError } from './job.ts';
import { isTerminal } from './job.ts';
import { timeOfJobId } from './job-id.ts';
import { jobKey, replaceJob } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import type { JobReminder } from './message.ts';
import { findJob } from './read-job.ts';
import { settleJob } from './settle-job.ts';

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

/** Rejects when the store does: the message then comes back after its visibility. */
export async function claimJob(context: Context, reminder: JobReminder): Promise<ClaimOutcome> {
  const now = context.records.now();
  const stored = await findJob(context, reminder.account, reminder.job);
  if (!stored) return giveUpMissing(context, reminder, now);
  const { job } = stored;
  if (job.status === 'void') return { type: 'void' };
  if (isTerminal(job.status)) return { type: 'ended', stored };
  if (job.claim && job.claim.leaseEnd > now) return { type: 'later', ms: job.claim.leaseEnd - now };
  const endedBy = causeOfEnd(context, job, now);
  if (endedBy) return end(context, stored, endedBy);
  if (job.notBefore !== undefined && job.notBefore > now) return { type: 'later', ms: job.notBefore - now };
  return claim(context, stored, now);
}

/** Giving up is a write: after `void` is there, a late commit conflicts with it. */
async function giveUpMissing(
  context: Context,
  { account, job }: JobReminder,
  now: number,
): Promise<ClaimOutcome> {
  const patienceMs = context.config.limits.transferSecondsMax * 1000 + recordMsMax;
  if (now - timeOfJobId(job) < patienceMs) return { type: 'later', ms: missingMs };
  await context.records.commit(account, [voidJob(account, job, now)]);
  context.log.warn({ account, job }, 'a message had no record; its job is void');
  const stored = await findJob(context, account, job);
  return stored?.job.status === 'void' ? { type: 'void' } : { type: 'later', ms: racedMs };
}

export function voidJob(account: string, id: string, now: number) {
  return {
    op: 'insert',
    key: jobKey(id),
    fields: { id, account, status: 'void', createdAt: now, expiresAt: now },
  } as const;
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
  return outcome.type === 'settled'
    ? { type: 'ended', stored: outcome.stored }
    : { type: 'later', ms: racedMs };
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
  if (!outcome.committed) return { type: 'later', ms: racedMs };
  if (job.claim) metrics.claimsLost.inc({ lane: job.lane });
  if (job.startedAt === undefined)
    metrics.jobWaitSeconds.observe({ lane: job.lane }, (now - job.createdAt) / 1000);
  return { type: 'claimed', stored: { job: claimed, etag: outcome.etags.get(jobKey(job.id)) ?? '' } };
}

/** An error of the platform's own, as the job shows it. */
export function jobError(code: ErrorCode, detail?: string): JobError {
  const { fault, retryable, title } = errorKinds[code];
  return { code, fault, retryable, title, ...(detail === undefined ? {} : { detail }) };
}
