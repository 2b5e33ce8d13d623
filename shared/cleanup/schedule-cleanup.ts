// The schedule inside the workers: every worker asks, one of them runs. The lease is a row that is compared and set,
// by the backend's clock; a worker that dies while cleaning loses it in time.
import type { Context } from '#shared/context.ts';
import { runCleanup } from './run-cleanup.ts';
import type { CleanupReport } from './clean-job.ts';

const partition = 'system';
const key = 'lease:cleanup';
/** A run that takes longer may be joined by another: harmless, every act may be repeated. */
const leaseMs = 600_000;

/** Runs until the signal aborts; a failed run is logged and tried again at the next turn. */
export async function scheduleCleanup(context: Context, signal: AbortSignal): Promise<void> {
  const intervalMs = context.config.cleanup.intervalSeconds * 1000;
  while (!signal.aborted) {
    try {
      const report = await cleanupIfDue(context, intervalMs, signal);
      if (report) context.log.info({ ...report }, 'cleanup');
    } catch (error) {
      context.log.error({ error }, 'cleanup failed; it goes on at its next turn');
    }
    // Spread, so that the workers do not all ask in the same instant.
    await context.clock.sleep(intervalMs * (0.5 + context.chance.fraction() / 2), signal);
  }
}

/** The report when this process ran it; undefined when it is not due or another process has the lease. */
export async function cleanupIfDue(
  context: Context,
  intervalMs: number,
  signal?: AbortSignal,
): Promise<CleanupReport | undefined> {
  const { records } = context;
  const row = await records.get(partition, key);
  const leftMs = row ? Number(row.fields['until']) - records.now() : 0;
  // More than anyone can have asked for: the clock was set back.
  if (leftMs > 0 && leftMs <= Math.max(leaseMs, intervalMs)) return undefined;
  const fields = { until: records.now() + leaseMs };
  const taken = await records.commit(partition, [
    row ? { op: 'replace', key, fields, etag: row.etag } : { op: 'insert', key, fields },
  ]);
  if (!taken.committed) return undefined;
  const report = await runCleanup(context, signal);
  const etag = taken.etags.get(key) ?? '';
  // A conflict means that the run outlived its lease and another process has it: leave it alone.
  await records.commit(partition, [
    { op: 'replace', key, fields: { until: records.now() + intervalMs }, etag },
  ]);
  return report;
}
