// One lane's consumer: takes no more messages than it has free slots, gives each a slot, and goes on. A message whose
// handling fails is left alone: it comes back after its visibility.
import type { Context } from '#shared/context.ts';
import { receiveMax } from '#shared/queue/job-queue.ts';
import type { Lane, Message } from '#shared/queue/job-queue.ts';
import { executeJob } from './execute-job.ts';
import type { Slot } from './sandbox/slot.ts';

const waitMs = 20_000;
/** After an error of a port: long enough not to run through a whole queue while nothing can be done with it. */
const pauseMs = 1000;
/** After a failure of the platform under a job: a worker that is broken fails fastest, and must not take the most. */
const troubledMs = 5000;

export interface Drain {
  /** No new messages from now on; jobs at work go on. */
  readonly receiving: AbortSignal;
  /** Time is up: what is still at work is given back. */
  readonly working: AbortSignal;
}

/** Resolves once told to stop and with every job ended or given back. Never rejects. */
export async function consumeLane(
  context: Context,
  lane: Lane,
  slots: readonly Slot[],
  drain: Drain,
): Promise<void> {
  const free = [...slots];
  const busy = new Set<Promise<void>>();
  const gauge = context.metrics.slotsBusy;

  function start(message: Message, slot: Slot): void {
    gauge.inc({ lane });
    const work = handle(context, message, slot, drain).finally(() => {
      gauge.dec({ lane });
      free.push(slot);
      busy.delete(work);
    });
    busy.add(work);
  }

  while (!drain.receiving.aborted) {
    if (free.length === 0) {
      await Promise.race(busy);
      continue;
    }
    for (const message of await receive(context, lane, free.length, drain.receiving)) {
      const slot = free.pop();
      if (slot) start(message, slot);
    }
  }
  await Promise.all(busy);
}

async function receive(context: Context, lane: Lane, free: number, signal: AbortSignal): Promise<Message[]> {
  try {
    const visibilityMs = context.config.jobs.leaseSeconds * 1000;
    return await context.queue.receive(lane, {
      max: Math.min(free, receiveMax),
      visibilityMs,
      waitMs,
      signal,
    });
  } catch (error) {
    context.log.error({ error, lane }, 'the queue could not be read');
    await context.clock.sleep(pauseMs, signal);
    return [];
  }
}

async function handle(context: Context, message: Message, slot: Slot, drain: Drain): Promise<void> {
  try {
    const verdict = await executeJob(context, message, slot, drain.working);
    if (verdict === 'troubled') await context.clock.sleep(troubledMs, drain.receiving);
  } catch (error) {
    context.log.error(
      { error, lane: message.lane },
      'a message could not be handled; it comes back by itself',
    );
    await context.clock.sleep(pauseMs, drain.receiving);
  }
}
