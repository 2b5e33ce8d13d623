// Ending a job, once: its last state, its ledger entry, its guard row and its usage in one transaction. Two that
// race (a cancel and a result, a zombie and its successor) meet at the job's etag: the first wins.
import type { Context } from '#shared/context.ts';
import { capture, release } from '#shared/ledger/balance.ts';
import { postToBalance } from '#shared/ledger/post-to-balance.ts';
import { countUsage } from '#shared/ledger/usage.ts';
import { isTerminal } from './job.ts';
import type { AfterEffect, Job, JobError, JobResult } from './job.ts';
import { jobError } from './job-error.ts';
import { jobKey, replaceJob, settledKey } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import { findJob } from './read-job.ts';

export type Ending =
  | {
      readonly status: 'succeeded';
      readonly results: readonly JobResult[];
      readonly warnings: readonly string[];
    }
  | { readonly status: 'failed'; readonly error: JobError; readonly after?: readonly AfterEffect[] }
  | { readonly status: 'canceled' };

export type SettleOutcome =
  | { readonly type: 'settled'; readonly stored: StoredJob }
  /** It is no longer as it was read: someone else has it, or has ended it. Nothing was written. */
  | { readonly type: 'refused' };

/**
 * Ends the job if its record is still the one that was read. Captures on success, releases otherwise; a success after the
 * job's expiry is none, for nobody could fetch it. When the store's answer is lost, or it reports a conflict with our own
 * write, the guard row says whether it was this call that ended the job. Throws RangeError for an ending that no record
 * can hold.
 */
export async function settleJob(context: Context, stored: StoredJob, ending: Ending): Promise<SettleOutcome> {
  const { id, account } = stored.job;
  if (isTerminal(stored.job.status)) return { type: 'refused' };
  const by = context.chance.hex(16);
  try {
    let ended = stored.job;
    const outcome = await postToBalance(context, account, 'settle', async (opened, now) => {
      ended = endJob(stored.job, inTime(ending, stored.job, now), now);
      return {
        posting: (ended.status === 'succeeded' ? capture : release)(opened, ended.hold, id, now),
        writes: [
          replaceJob(ended, stored.etag),
          { op: 'insert', key: settledKey(id), fields: { by, status: ended.status, at: now } },
          ...(await countUsage(context, ended, now)),
        ],
      };
    });
    if (outcome.committed) return settled(context, { job: ended, etag: outcome.etags.get(jobKey(id)) ?? '' });
    return (await readBack(context, account, id, by)) ?? { type: 'refused' };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    context.log.warn({ error, job: id }, 'the answer to a settlement was lost');
    const found = await readBack(context, account, id, by);
    if (found) return found;
    throw error;
  }
}

function inTime(ending: Ending, { expiresAt }: Job, now: number): Ending {
  return ending.status === 'succeeded' && expiresAt <= now
    ? { status: 'failed', error: jobError('expired_in_queue') }
    : ending;
}

async function readBack(
  context: Context,
  account: string,
  id: string,
  by: string,
): Promise<SettleOutcome | undefined> {
  const guard = await context.records.get(account, settledKey(id));
  const found = guard?.fields['by'] === by ? await findJob(context, account, id) : undefined;
  return found && settled(context, found);
}

function settled({ metrics }: Context, stored: StoredJob): SettleOutcome {
  const { lane, status, error, startedAt, finishedAt } = stored.job;
  metrics.jobsSettled.inc({ lane, status, code: error?.code ?? '' });
  if (startedAt !== undefined && finishedAt !== undefined)
    metrics.jobSeconds.observe({ lane }, (finishedAt - startedAt) / 1000);
  return { type: 'settled', stored };
}

function endJob(job: Job, ending: Ending, now: number): Job {
  const { claim, notBefore: _notBefore, ...rest } = job;
  const common = { ...rest, status: ending.status, finishedAt: now };
  switch (ending.status) {
    case 'succeeded':
      return {
        ...common,
        results: ending.results,
        warnings: ending.warnings,
        progress: 1,
        charged: job.hold.credits,
        ...(claim ? { resultsClaim: claim.id } : {}),
      };
    case 'failed':
      return { ...common, error: ending.error, after: ending.after ?? [] };
    case 'canceled':
      return common;
  }
}
