// What every part of the platform is handed: configuration, ports, clock, chance, log and metrics. Plain
// arguments, opened once by main and closed by it; nothing else holds state.
import type { BlobStore } from '#shared/blobs/blob-store.ts';
import { blobDrivers } from '#shared/blobs/drivers.ts';
import { systemChance, systemClock } from '#shared/clock.ts';
import type { Chance, Clock } from '#shared/clock.ts';
import type { Config } from '#shared/config.ts';
import { createTurns } from '#shared/ledger/turns.ts';
import type { Turns } from '#shared/ledger/turns.ts';
import { createLog } from '#shared/log.ts';
import type { Log } from '#shared/log.ts';
import { createMetrics } from '#shared/metrics.ts';
import type { Metrics } from '#shared/metrics.ts';
import { queueDrivers } from '#shared/queue/drivers.ts';
import type { JobQueue } from '#shared/queue/job-queue.ts';
import { recordDrivers } from '#shared/records/drivers.ts';
import type { RecordStore } from '#shared/records/record-store.ts';

export interface Context {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly queue: JobQueue;
  readonly blobs: BlobStore;
  readonly records: RecordStore;
  /** Balance transactions of one account go one at a time in this process. */
  readonly turns: Turns;
}

/** Opens the ports that the configuration names; closes those already open when a later one fails. */
export async function openContext(config: Config, role: string): Promise<Context> {
  const options = { dataDir: config.dataDir };
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Port extends { close(): Promise<void> }>(port: Port): Port => {
    opened.push(port);
    return port;
  };
  try {
    return {
      config,
      log: createLog(config, role),
      metrics: createMetrics(),
      clock: systemClock,
      chance: systemChance,
      turns: createTurns(),
      records: keep(await recordDrivers[config.drivers.records](options)),
      blobs: keep(await blobDrivers[config.drivers.blobs](options)),
      queue: keep(await queueDrivers[config.drivers.queue](options)),
    };
  } catch (error) {
    await Promise.allSettled(opened.map((port) => port.close()));
    throw error;
  }
}

export async function closeContext(context: Context): Promise<void> {
  await Promise.all([context.queue.close(), context.blobs.close(), context.records.close()]);
}
