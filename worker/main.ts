// A worker: slots for its lanes, a consumer for each lane, and its share of the cleanup schedule. It holds no state: it
// may be killed at any instruction.
import { scheduleCleanup } from '#shared/cleanup/schedule-cleanup.ts';
import type { Context } from '#shared/context.ts';
import { onStop } from '#shared/on-stop.ts';
import type { Lane } from '#shared/queue/job-queue.ts';
import { runProcess } from '#shared/run-process.ts';
import { serveMetrics } from '#shared/serve-metrics.ts';
import { consumeLane } from './consume.ts';
import { chooseConfinement } from './sandbox/choose-confinement.ts';
import { openSlot } from './sandbox/slot.ts';
import type { Slot } from './sandbox/slot.ts';
import { sweep } from './sandbox/sweep.ts';

async function work(context: Context): Promise<void> {
  const { config, log, clock } = context;
  const receiving = new AbortController();
  const working = new AbortController();
  onStop(log, async () => {
    receiving.abort();
    await clock.sleep(config.shutdown.drainSeconds * 1000, working.signal);
    working.abort();
  });

  const metrics =
    config.metricsPort === undefined ? undefined : await serveMetrics(context, config.metricsPort);
  const swept = await sweep(config.worker.scratchDir);
  if (swept.length > 0) log.info({ folders: swept.length }, 'removed what killed workers left');
  const confine = await chooseConfinement(config.worker.sandbox, log);
  const lanes = await openLanes(context, confine);
  const { lanes: served, slots: slotsOf } = config.worker;
  const facts = { lanes: served, slots: slotsOf, backend: config.backend, sandbox: confine !== undefined };
  log.info(facts, 'working');

  const cleanup = scheduleCleanup(context, receiving.signal);
  const drain = { receiving: receiving.signal, working: working.signal };
  await Promise.all(lanes.map(({ lane, slots }) => consumeLane(context, lane, slots, drain)));
  // Every job has ended or was given back: nothing to wait for any more.
  working.abort();
  await cleanup;
  await Promise.all(lanes.flatMap(({ slots }) => slots.map((slot) => slot.close())));
  await metrics?.close();
  log.info('stopped');
}

async function openLanes(
  { config: { worker }, log }: Context,
  confine: string | undefined,
): Promise<{ lane: Lane; slots: Slot[] }[]> {
  return Promise.all(
    worker.lanes.map(async (lane) => {
      const options = { scratchDir: worker.scratchDir, log: log.child({ lane }), confine };
      const slots = await Promise.all(Array.from({ length: worker.slots[lane] }, () => openSlot(options)));
      return { lane, slots };
    }),
  );
}

await runProcess('worker', work);
