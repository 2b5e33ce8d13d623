// Removes what is past its time. It lists only hours that are over, so its cost follows what expires and not what is
// stored; an hour is visited again until it is empty. Every act may be repeated, so a crash or a second cleaner at
// the same time does no harm.
import type { Context } from '#shared/context.ts';
import { shards } from '#shared/job/job-folder.ts';
import type { JobFolder } from '#shared/job/job-folder.ts';
import { cleanJob, dueAt } from './clean-job.ts';
import type { CleanupReport } from './clean-job.ts';

/** Stops between two jobs when the signal aborts. Rejects when a port does; the next run goes on from there. */
export async function runCleanup(context: Context, signal?: AbortSignal): Promise<CleanupReport> {
  const report: CleanupReport = { jobsExpired: 0, recordsRemoved: 0, blobsRemoved: 0 };
  for await (const folder of dueFolders(context, context.records.now())) {
    if (signal?.aborted) break;
    await cleanJob(context, folder, report);
  }
  const { cleanupRemoved } = context.metrics;
  cleanupRemoved.inc({ kind: 'job' }, report.jobsExpired);
  cleanupRemoved.inc({ kind: 'record' }, report.recordsRemoved);
  cleanupRemoved.inc({ kind: 'blob' }, report.blobsRemoved);
  return report;
}

async function* dueFolders(context: Context, now: number): AsyncGenerator<JobFolder> {
  const { blobs } = context;
  for (const shard of shards)
    for (const hour of await blobs.folders(`${shard}/`)) {
      if (dueAt(context, hour) > now) break;
      for (const account of await blobs.folders(`${shard}/${hour}/`))
        for (const job of await blobs.folders(`${shard}/${hour}/${account}/`))
          yield { shard, hour, account, job };
    }
}
