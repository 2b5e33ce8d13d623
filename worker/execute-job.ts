// One message, from its receipt to its acknowledgement.
//
//   claim → fetch inputs → run steps → store results → settle → after-effects → acknowledge
//
// The message goes only when its job has ended and nothing is due any more. Whatever is thrown on the way leaves it to
// come back after its visibility, and the record tells the next worker how far things were.
import type { Context } from '#shared/context.ts';
import { claimJob, jobError } from '#shared/job/claim-job.ts';
import { finishAfterEffects } from '#shared/job/finish-after-effects.ts';
import { backoffMs, giveBackJob, mayRetry, retryJob } from '#shared/job/hold-claim.ts';
import type { JobError, JobResult } from '#shared/job/job.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { parseMessage } from '#shared/job/message.ts';
import { deadlineMsOf } from '#shared/job/plan-job.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import type { Ending } from '#shared/job/settle-job.ts';
import type { Message, Receipt } from '#shared/queue/job-queue.ts';
import { keepClaim } from './keep-claim.ts';
import type { Held, KeptClaim } from './keep-claim.ts';
import type { Slot } from './sandbox/slot.ts';
import { fetchInputs, storeResults } from './transfer-files.ts';

/** A message of a newer api than this worker: long enough for a deploy to bring a newer worker. */
const unknownVersionMs = 60_000;

/** `stop` aborts when this worker must end now: the job is given back unharmed. Rejects when a port does. */
export async function executeJob(
  context: Context,
  message: Message,
  slot: Slot,
  stop: AbortSignal,
): Promise<void> {
  const reminder = parseMessage(message.body);
  if (reminder === 'unknown_version') return void (await context.queue.hide(message, unknownVersionMs));
  if (reminder === 'unreadable') {
    context.log.error({ lane: message.lane, message: message.id }, 'dropped a message that is not ours');
    return void (await context.queue.acknowledge(message));
  }
  const claimed = await claimJob(context, reminder);
  switch (claimed.type) {
    case 'void':
      return void (await context.queue.acknowledge(message));
    case 'later':
      return void (await context.queue.hide(message, claimed.ms));
    case 'ended':
      return finish(context, claimed.stored, message);
    case 'claimed':
      return workOn(context, claimed.stored, message, slot, stop);
  }
}

type WorkOutcome =
  | { readonly type: 'done'; readonly ending: Ending }
  | { readonly type: 'failed'; readonly error: JobError }
  /** Told to stop: either the claim is lost or the worker is shutting down. */
  | { readonly type: 'stopped' };

async function workOn(
  context: Context,
  stored: StoredJob,
  message: Message,
  slot: Slot,
  stop: AbortSignal,
): Promise<void> {
  const log = context.log.child({ job: stored.job.id, lane: stored.job.lane, epoch: stored.job.epoch });
  log.info({ operations: stored.job.steps.map((step) => step.operation) }, 'job claimed');
  const claim = keepClaim(context, stored, message);
  let outcome: WorkOutcome;
  try {
    outcome = await work(context, stored, claim, slot, stop);
  } catch (error) {
    log.error({ error }, 'the job could not be worked on');
    outcome =
      stop.aborted || claim.lost.aborted
        ? { type: 'stopped' }
        : { type: 'failed', error: jobError('internal') };
  }
  const held = await claim.stop();
  if (claim.lost.aborted) {
    log.warn('the claim was lost or the job canceled; its work is dropped');
    return letGo(context, held.receipt);
  }
  await conclude(context, held, outcome);
  log.info(
    { outcome: outcome.type, ...(outcome.type === 'failed' ? { code: outcome.error.code } : {}) },
    'job concluded',
  );
}

async function work(
  context: Context,
  { job }: StoredJob,
  claim: KeptClaim,
  slot: Slot,
  stop: AbortSignal,
): Promise<WorkOutcome> {
  const signal = AbortSignal.any([claim.lost, stop]);
  const folder = await slot.prepare();
  const missing = await fetchInputs(context.blobs, job, folder, signal);
  if (missing !== undefined) return { type: 'failed', error: { ...jobError('input_lost'), input: missing } };
  const task = { inputs: job.inputs.map(({ name }) => ({ name })), steps: job.steps };
  const ran = await slot.run(task, {
    deadlineMs: deadlineMsOf(job.steps),
    signal,
    onProgress: (progress) => claim.report(progress),
  });
  if (ran.type !== 'succeeded') return ran;
  const results: JobResult[] = await storeResults(context.blobs, job, slot, ran.results, signal);
  return { type: 'done', ending: { status: 'succeeded', results, warnings: ran.warnings } };
}

async function conclude(context: Context, held: Held, outcome: WorkOutcome): Promise<void> {
  switch (outcome.type) {
    case 'done':
      return settle(context, held, outcome.ending);
    case 'failed':
      return mayRetry(context, held.stored.job, outcome.error)
        ? retryLater(context, held)
        : settle(context, held, endingOf(outcome.error));
    case 'stopped':
      return giveBack(context, held);
  }
}

/** What operators should look at goes to the dead letters; a bad file is the client's affair. */
function endingOf(error: JobError): Ending {
  return { status: 'failed', error, after: error.fault === 'input' ? [] : ['dead-letter'] };
}

async function settle(context: Context, held: Held, ending: Ending): Promise<void> {
  const outcome = await settleJob(context, held.stored, ending);
  if (outcome.type === 'settled') return finish(context, outcome.stored, held.receipt);
  // A zombie: the lease ran out, or the job was canceled, between the last renewal and this commit. Nothing was written.
  context.metrics.commitsRefused.inc({ lane: held.stored.job.lane });
  context.log.warn({ job: held.stored.job.id }, 'a result came too late and was refused');
  return letGo(context, held.receipt);
}

/** Whoever receives the message next finds a job that has ended, and acknowledges it, or a live lease, and hides it. */
async function letGo({ queue }: Context, receipt: Receipt): Promise<void> {
  await queue.hide(receipt, 0);
}

/** Record first, then message: a crash in between leaves a queued job whose message comes back by itself. */
async function retryLater(context: Context, { stored, receipt }: Held): Promise<void> {
  const delayMs = backoffMs(context, stored.job.attempts + 1);
  const outcome = await retryJob(context, stored, context.records.now() + delayMs);
  if (outcome.type === 'held') await context.queue.hide(receipt, delayMs);
}

async function giveBack(context: Context, { stored, receipt }: Held): Promise<void> {
  const outcome = await giveBackJob(context, stored);
  if (outcome.type === 'held') await context.queue.hide(receipt, 0);
}

async function finish(context: Context, stored: StoredJob, receipt: Receipt): Promise<void> {
  await finishAfterEffects(context, stored);
  await context.queue.acknowledge(receipt);
}
