// One message, from its receipt to its acknowledgement.
//
//   claim → fetch inputs → run steps → store results → settle → after-effects → acknowledge
//
// The message goes only when its job has ended and nothing is due any more. Whatever is thrown on the way leaves it to
// come back after its visibility, and the record tells the next worker how far things were.
import type { Context } from '#shared/context.ts';
import { claimJob } from '#shared/job/claim-job.ts';
import { jobError } from '#shared/job/job-error.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import type { Log } from '#shared/log.ts';
import { parseMessage } from '#shared/job/message.ts';
import { deadlineMsOf } from '#shared/job/plan-job.ts';
import type { Message } from '#shared/queue/job-queue.ts';
import { abandonJob, concludeJob, finishJob } from './conclude-job.ts';
import type { WorkOutcome } from './conclude-job.ts';
import { keepClaim } from './keep-claim.ts';
import type { KeptClaim } from './keep-claim.ts';
import type { Slot } from './sandbox/slot.ts';
import { fetchInputs, storeResults } from './transfer-files.ts';

/** A message of a newer api than this worker: long enough for a deploy to bring a newer worker. */
const unknownVersionMs = 60_000;

/** `troubled`: the platform failed under the job here, and may fail under the next one too. */
export type Verdict = 'well' | 'troubled';

/** `stop` aborts when this worker must end now: the job is given back unharmed. Rejects when a port does. */
export async function executeJob(
  context: Context,
  message: Message,
  slot: Slot,
  stop: AbortSignal,
): Promise<Verdict> {
  const reminder = parseMessage(message.body);
  if (reminder === 'unknown_version') {
    await context.queue.hide(message, unknownVersionMs);
    return 'well';
  }
  if (reminder === 'unreadable') {
    context.log.error({ lane: message.lane, message: message.id }, 'dropped a message that is not ours');
    await context.queue.acknowledge(message);
    return 'well';
  }
  const claimed = await claimJob(context, reminder);
  switch (claimed.type) {
    case 'void':
      await context.queue.acknowledge(message);
      return 'well';
    case 'later':
      await context.queue.hide(message, claimed.ms);
      return 'well';
    case 'ended':
      await finishJob(context, claimed.stored, message);
      return 'well';
    case 'claimed':
      return workOn(context, claimed.stored, message, slot, stop);
  }
}

async function workOn(
  context: Context,
  stored: StoredJob,
  message: Message,
  slot: Slot,
  stop: AbortSignal,
): Promise<Verdict> {
  const log = context.log.child({ job: stored.job.id, lane: stored.job.lane, epoch: stored.job.epoch });
  log.info({ operations: stored.job.steps.map((step) => step.operation) }, 'job claimed');
  const claim = keepClaim(context, stored, message);
  let outcome: WorkOutcome;
  try {
    outcome = await work(context, stored, claim, slot, stop);
  } catch (error) {
    const told = stop.aborted || claim.lost.aborted;
    if (!told) log.error({ error }, 'the job could not be worked on');
    outcome = told ? { type: 'stopped' } : { type: 'failed', error: jobError('internal') };
  } finally {
    await clear(slot, log);
  }
  const held = await claim.stop();
  const code = outcome.type === 'failed' ? outcome.error.code : undefined;
  if (claim.lost.aborted) {
    log.warn('the claim was lost, or the job canceled or expired; its work is dropped');
    await abandonJob(context, held);
  } else {
    await concludeJob(context, held, outcome);
    log.info({ outcome: outcome.type, code }, 'job concluded');
  }
  return outcome.type === 'failed' && outcome.error.fault === 'platform' ? 'troubled' : 'well';
}

/** Nothing of a job may lie in the slot while it waits for the next one, perhaps another account's. */
async function clear(slot: Slot, log: Log): Promise<void> {
  try {
    await slot.clear();
  } catch (error) {
    log.error({ error }, 'a slot could not be emptied; it is before its next job, or that one fails');
  }
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
  if (missing !== undefined) return { type: 'failed', error: jobError('input_lost', {}, { input: missing }) };
  const task = { inputs: job.inputs.map(({ name }) => ({ name })), steps: job.steps };
  const ran = await slot.run(task, {
    deadlineMs: deadlineMsOf(job.steps),
    signal,
    onProgress: (progress) => claim.report(progress),
  });
  if (ran.type !== 'succeeded') return ran;
  const results = await storeResults(context.blobs, job, slot, ran.results, signal);
  return { type: 'done', ending: { status: 'succeeded', results, warnings: ran.warnings } };
}
