// The end of a worker's turn with a job: settled, put off for another attempt, or given back; and when the job turns out
// not to be its any more, nothing but its own leavings are touched.
//
// Each is tried until the lease ends: one throttled request, or one lost answer to a renewal, must not cost a conversion
// that has succeeded.
import { removeBlobs } from '#shared/blobs/remove-blobs.ts';
import type { Context } from '#shared/context.ts';
import { finishAfterEffects } from '#shared/job/finish-after-effects.ts';
import { backoffMs, giveBackJob, mayRetry, retryJob } from '#shared/job/hold-claim.ts';
import type { JobError } from '#shared/job/job.ts';
import { jobError } from '#shared/job/job-error.ts';
import { claimFolder } from '#shared/job/job-folder.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { findJob } from '#shared/job/read-job.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import type { Ending } from '#shared/job/settle-job.ts';
import type { Receipt } from '#shared/queue/job-queue.ts';
import type { Held } from './keep-claim.ts';

export type WorkOutcome =
  | { readonly type: 'done'; readonly ending: Ending }
  | { readonly type: 'failed'; readonly error: JobError }
  /** Told to stop: either the claim is lost or the worker is shutting down. */
  | { readonly type: 'stopped' };

const pauseMsMax = 200;

export async function concludeJob(context: Context, held: Held, outcome: WorkOutcome): Promise<void> {
  switch (outcome.type) {
    case 'done':
      return settle(context, held, outcome.ending);
    case 'failed':
      return mayRetry(context, held.stored.job, outcome.error)
        ? retryLater(context, held, outcome.error)
        : settle(context, held, endingOf(outcome.error));
    case 'stopped':
      return giveBack(context, held);
  }
}

/** After-effects first: the message is what brings the next worker back to finish them. */
export async function finishJob(context: Context, stored: StoredJob, receipt: Receipt): Promise<void> {
  await finishAfterEffects(context, stored);
  await context.queue.acknowledge(receipt);
}

/**
 * The job is somebody else's, or has ended otherwise: what this claim has stored goes (a deleted job must leave nothing
 * behind), and the message shows itself, so that whoever receives it next finishes or hides it.
 */
export async function abandonJob(context: Context, { stored, receipt }: Held): Promise<void> {
  const { account, id, folder, claim } = stored.job;
  const now = await findJob(context, account, id);
  // Ended by us after all: the answer to it was lost.
  if (claim && now?.job.resultsClaim === claim.id) return finishJob(context, now, receipt);
  if (claim && now?.job.claim?.id !== claim.id)
    await removeBlobs(context.blobs, `${claimFolder(folder, claim.id)}/`);
  await context.queue.hide(receipt, 0);
}

async function settle(context: Context, held: Held, ending: Ending): Promise<void> {
  const outcome = await whileHeld(context, held.stored, (stored) => settleOrFail(context, stored, ending));
  if (outcome) return finishJob(context, outcome.stored, held.receipt);
  // A zombie: the lease ran out, or the job was canceled, between the last renewal and this commit.
  context.metrics.commitsRefused.inc({ lane: held.stored.job.lane });
  context.log.warn({ job: held.stored.job.id }, 'a result came too late and was refused');
  return abandonJob(context, held);
}

/** An ending that no record can hold would be refused for ever: the job fails with words that one can. */
async function settleOrFail(context: Context, stored: StoredJob, ending: Ending) {
  try {
    return await settleJob(context, stored, ending);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.log.error({ error, job: stored.job.id }, 'an ending did not fit its record');
    return settleJob(context, stored, endingOf(jobError('engine_failed')));
  }
}

/** What operators should look at goes to the dead letters; a bad file is the client's affair. */
function endingOf(error: JobError): Ending {
  return { status: 'failed', error, after: error.fault === 'input' ? [] : ['dead-letter'] };
}

/** Record first, then message: a crash in between leaves a queued job whose message comes back by itself. */
async function retryLater(context: Context, { stored, receipt }: Held, { fault }: JobError): Promise<void> {
  const delayMs = backoffMs(context, fault, stored.job.attempts + 1);
  const outcome = await whileHeld(context, stored, (current) =>
    retryJob(context, current, context.records.now() + delayMs),
  );
  if (outcome) await context.queue.hide(receipt, delayMs);
  else await abandonJob(context, { stored, receipt });
}

async function giveBack(context: Context, { stored, receipt }: Held): Promise<void> {
  const outcome = await whileHeld(context, stored, (current) => giveBackJob(context, current));
  if (outcome) await context.queue.hide(receipt, 0);
  else await abandonJob(context, { stored, receipt });
}

type Attempt =
  { readonly type: 'settled' | 'held'; readonly stored: StoredJob } | { readonly type: 'refused' | 'lost' };

/**
 * Acts on the job as it stands, again with a fresh look as long as it is under this very claim. Undefined when it is not.
 * Rejects once the lease is over.
 */
async function whileHeld(
  context: Context,
  stored: StoredJob,
  act: (stored: StoredJob) => Promise<Attempt>,
): Promise<{ readonly stored: StoredJob } | undefined> {
  const { id, account, claim } = stored.job;
  let current = stored;
  for (;;) {
    try {
      const attempt = await act(current);
      if ('stored' in attempt) return attempt;
      const fresh = await findJob(context, account, id);
      if (!fresh || !claim || fresh.job.claim?.id !== claim.id) return undefined;
      current = fresh;
    } catch (error) {
      if (!claim || context.records.now() >= claim.leaseEnd) throw error;
      context.log.warn({ error, job: id }, 'a job could not be concluded; trying again');
      await context.clock.sleep(context.chance.fraction() * pauseMsMax);
    }
  }
}
