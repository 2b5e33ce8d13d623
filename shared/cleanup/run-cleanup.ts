// Removes what is past its time. It lists only hours that are over, so its cost follows what expires and not what is
// stored; an hour is visited again until it is empty. Every act may be repeated, so a crash or a second cleaner at
// the same time does no harm; and a folder that cannot be cleaned keeps nobody else's data.
import type { Context } from '#shared/context.ts';
import { shards } from '#shared/job/job-folder.ts';
import type { JobFolder } from '#shared/job/job-folder.ts';
import { cleanJob, dueAt } from './clean-job.ts';
import type { CleanupReport } from './clean-job.ts';

/** Stops between two jobs when the signal aborts. Rejects when the folders cannot be listed. */
export async function runCleanup(context: Context, signal?: AbortSignal): Promise<CleanupReport> {
  const report: CleanupReport = { jobsExpired: 0, recordsRemoved: 0, blobsRemoved: 0, failures: 0 };
  try {
    for await (const folder of dueFolders(context, context.records.now())) {
      if (signal?.aborted) break;
      await cleanOne(context, folder, report);
    }
  } finally {
    const { cleanupRemoved } = context.metrics;
    cleanupRemoved.inc({ kind: 'job' }, report.jobsExpired);
    cleanupRemoved.inc({ kind: 'record' }, report.recordsRemoved);
    cleanupRemoved.inc({ kind: 'blob' }, report.blobsRemoved);
  }
  return report;
}

async function cleanOne(context: Context, folder: JobFolder, report: CleanupReport): Promise<void> {
  try {
    await cleanJob(context, folder, report);
  } catch (error) {
    report.failures += 1;
    context.log.error({ error, ...folder }, 'a job could not be cleaned up; the next run tries again');
  }
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
