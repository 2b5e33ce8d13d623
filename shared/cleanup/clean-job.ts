// One job folder whose hour is over:
//
//   ended          a tombstone is set, the record becomes `expired`, results and inputs go
//   not ended      it fails as `expired_in_queue` first, unless a live claim still works on it
//   no record      it was never accepted: it becomes `void`, and its blobs go
//   a tombstone    a day has passed since: the record and its guards go
import { removeBlobs } from '#shared/blobs/remove-blobs.ts';
import type { Context } from '#shared/context.ts';
import { jobError } from '#shared/job/job-error.ts';
import { isTerminal } from '#shared/job/job.ts';
import { endOfHour } from '#shared/job/job-folder.ts';
import type { JobFolder } from '#shared/job/job-folder.ts';
import { jobKey, replaceJob, settledKey } from '#shared/job/job-record.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { findJob } from '#shared/job/read-job.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import { leaveTombstone, tombstonePath } from '#shared/job/tombstone.ts';
import { voidJob } from '#shared/job/void-job.ts';
import type { Write } from '#shared/records/record-store.ts';

export interface CleanupReport {
  jobsExpired: number;
  recordsRemoved: number;
  blobsRemoved: number;
  /** Folders that could not be cleaned; the next run tries again. */
  failures: number;
}

/** Nothing goes while a transfer that began before the expiry may still run. */
export function dueAt({ config }: Pick<Context, 'config'>, hour: string): number {
  return endOfHour(hour) + config.limits.transferSecondsMax * 1000;
}

export async function cleanJob(context: Context, folder: JobFolder, report: CleanupReport): Promise<void> {
  const { account, job } = folder;
  const path = `${folder.shard}/${folder.hour}/${account}/${job}`;
  const stored = await findJob(context, account, job);
  const gone = !stored || stored.job.status === 'expired' || stored.job.status === 'void';
  if (gone && (await context.blobs.stat(tombstonePath(path)))) {
    if (stored) report.recordsRemoved += await removeRecords(context, stored);
  } else if (!stored) {
    await voidJob(context, account, job);
  } else if (!(await expireJob(context, stored, report))) {
    return;
  }
  report.blobsRemoved += await removeBlobs(context.blobs, `${path}/`);
  const inputs = stored?.job.inputsFolder;
  if (inputs && inputs !== path) report.blobsRemoved += await removeBlobs(context.blobs, `${inputs}/`);
}

/** False while the job must be left alone. */
async function expireJob(context: Context, stored: StoredJob, report: CleanupReport): Promise<boolean> {
  const ended = await endJob(context, stored);
  if (!ended) return false;
  const { job, etag } = ended;
  if (job.status === 'expired' || job.status === 'void') return true;
  await leaveTombstone(context, job.account, job.id);
  const outcome = await context.records.commit(job.account, [
    replaceJob({ ...job, status: 'expired' }, etag),
  ]);
  if (outcome.committed) report.jobsExpired += 1;
  return outcome.committed;
}

/** Undefined while its time is not over, or a live claim works on it. */
async function endJob(context: Context, stored: StoredJob): Promise<StoredJob | undefined> {
  const now = context.records.now();
  if (stored.job.expiresAt > now || (stored.job.claim?.leaseEnd ?? 0) > now) return undefined;
  if (isTerminal(stored.job.status)) return stored;
  const outcome = await settleJob(context, stored, { status: 'failed', error: jobError('expired_in_queue') });
  return outcome.type === 'settled' ? outcome.stored : undefined;
}

/** By the record's etag: when another cleaner was here before, a key that was used anew since must stay. */
async function removeRecords({ records }: Context, { job, etag }: StoredJob): Promise<number> {
  const guards = [settledKey(job.id), ...(job.idempotency === undefined ? [] : [job.idempotency])];
  const outcome = await records.commit(job.account, [
    { op: 'delete', key: jobKey(job.id), etag },
    ...guards.map((key): Write => ({ op: 'delete', key })),
  ]);
  return outcome.committed ? guards.length + 1 : 0;
}
