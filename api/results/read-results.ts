// The results of a job that has them to give.
import { AppError } from '#shared/errors.ts';
import type { Job } from '#shared/job/job.ts';
import { isTerminal, shownStatus } from '#shared/job/job.ts';
import { resultPath } from '#shared/job/job-folder.ts';
import { readJob } from '#shared/job/read-job.ts';
import type { BlobContent, ByteRange } from '#shared/blobs/blob-store.ts';
import type { ApiContext } from '../api-context.ts';
import { pollSeconds } from '../documents/send-job.ts';

/** Throws `job_not_found`, `job_deleted`, `job_expired`, `job_not_finished` or `job_not_succeeded`. */
export async function readSucceeded(context: ApiContext, account: string, id: string): Promise<Job> {
  const { job } = await readJob(context, account, id);
  const status = shownStatus(job, context.records.now());
  if (status === 'succeeded') return job;
  if (status === 'expired')
    throw new AppError('job_expired', { detail: `The job ${id} and its results have expired.` });
  if (!isTerminal(job.status))
    throw new AppError('job_not_finished', {
      detail: `The job is ${status}.`,
      retryAfterSeconds: pollSeconds,
    });
  throw new AppError('job_not_succeeded', { detail: `The job is ${status}.` });
}

/** The bytes of a result. Throws `job_deleted` or `internal` when they are gone. */
export async function openResult(
  context: ApiContext,
  job: Job,
  index: number,
  range?: ByteRange,
): Promise<BlobContent> {
  const path = resultPath(job.folder, job.resultsClaim ?? '', index);
  const content = await context.blobs.read(path, range);
  if (content) return content;
  // Deleted between reading the record and opening the file?
  await readSucceeded(context, job.account, job.id);
  throw new AppError('internal', { cause: new Error(`result ${index} of job ${job.id} has no blob`) });
}
