// One job folder whose hour is over:
//
//   ended            its results and inputs go, its record becomes `expired`
//   not ended        it fails as `expired_in_queue`, unless a live claim still works on it
//   no record        it was never accepted: `void` is written first, so that a late commit conflicts
//   a day later      the record, its guards and request.json go
import { Readable } from 'node:stream';
import { removeBlobs } from '#shared/blobs/remove-blobs.ts';
import type { Context } from '#shared/context.ts';
import { jobError, voidJob } from '#shared/job/claim-job.ts';
import { isTerminal } from '#shared/job/job.ts';
import { endOfHour, requestPath } from '#shared/job/job-folder.ts';
import type { JobFolder } from '#shared/job/job-folder.ts';
import { jobKey, replaceJob, settledKey } from '#shared/job/job-record.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { findJob } from '#shared/job/read-job.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import type { Write } from '#shared/records/record-store.ts';

export interface CleanupReport {
  jobsExpired: number;
  recordsRemoved: number;
  blobsRemoved: number;
}

/** Records and Idempotency-Keys outlive their job's expiry by this much. */
export const recordMsAfterExpiry = 24 * 3600 * 1000;

/** Nothing goes while a transfer that began before the expiry may still run. */
export function dueAt({ config }: Pick<Context, 'config'>, hour: string): number {
  return endOfHour(hour) + config.limits.transferSecondsMax * 1000;
}

export async function cleanJob(context: Context, folder: JobFolder, report: CleanupReport): Promise<void> {
  const path = `${folder.shard}/${folder.hour}/${folder.account}/${folder.job}`;
  const stored = await endedJob(context, folder, path);
  if (!stored) return;
  if (await expire(context, stored)) report.jobsExpired += 1;
  const keep = (blob: string) => blob === requestPath(path);
  report.blobsRemoved += await removeBlobs(context.blobs, `${path}/`, keep);
  const { inputsFolder } = stored.job;
  if (inputsFolder && inputsFolder !== path)
    report.blobsRemoved += await removeBlobs(context.blobs, `${inputsFolder}/`);
  if (context.records.now() < dueAt(context, folder.hour) + recordMsAfterExpiry) return;
  report.recordsRemoved += await removeRecords(context, stored);
  await context.blobs.delete(requestPath(path));
}

/** The job, ended if it had not; undefined while it must be left alone. */
async function endedJob(
  context: Context,
  { account, job }: JobFolder,
  path: string,
): Promise<StoredJob | undefined> {
  const now = context.records.now();
  const stored = await findJob(context, account, job);
  if (!stored) {
    await context.records.commit(account, [voidJob(account, job, now)]);
    // The index entry by which the next day's visit finds the `void` record again.
    await context.blobs.write(requestPath(path), Readable.from([Buffer.from('{}')]));
    return findJob(context, account, job);
  }
  if (stored.job.expiresAt > now || (stored.job.claim?.leaseEnd ?? 0) > now) return undefined;
  if (isTerminal(stored.job.status)) return stored;
  const outcome = await settleJob(context, stored, { status: 'failed', error: jobError('expired_in_queue') });
  return outcome.type === 'settled' ? outcome.stored : undefined;
}

/** Whether this call is the one that expired it. */
async function expire(context: Context, { job, etag }: StoredJob): Promise<boolean> {
  if (job.status === 'expired' || job.status === 'void') return false;
  const outcome = await context.records.commit(job.account, [
    replaceJob({ ...job, status: 'expired' }, etag),
  ]);
  return outcome.committed;
}

async function removeRecords({ records }: Context, { job }: StoredJob): Promise<number> {
  const keys = [
    jobKey(job.id),
    settledKey(job.id),
    ...(job.idempotency === undefined ? [] : [job.idempotency]),
  ];
  await records.commit(
    job.account,
    keys.map((key): Write => ({ op: 'delete', key })),
  );
  return keys.length;
}
