// Erasing a finished job's data now: first the record (from then on nothing of it is shown), then the blobs. What
// stays until the job would have expired is an empty record, so that its Idempotency-Key makes no second job, and an
// empty request.json, by which cleanup finds that record.
import { Readable } from 'node:stream';
import { removeBlobs } from '#shared/blobs/remove-blobs.ts';
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { isTerminal } from './job.ts';
import type { Job } from './job.ts';
import { requestPath } from './job-folder.ts';
import { replaceJob } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import { findJob, readJob } from './read-job.ts';

const triesMax = 5;

/** Repeating it finishes what a crash left. Throws `job_not_finished`, `job_not_found`. */
export async function deleteJob(context: Context, account: string, id: string): Promise<void> {
  const before = await findJob(context, account, id);
  const { job } = before?.job.deleted ? before : await readJob(context, account, id);
  if (!isTerminal(job.status))
    throw new AppError('job_not_finished', {
      detail: `The job is ${job.status}.`,
      hint: 'Cancel it first: POST /v1/jobs/{id}/cancel.',
      retryAfterSeconds: 1,
    });
  if (!job.deleted) await eraseRecord(context, account, id);
  await context.blobs.write(requestPath(job.folder), Readable.from([Buffer.from('{}')]));
  await removeBlobs(context.blobs, `${job.folder}/`, (path) => path === requestPath(job.folder));
  await removeBlobs(context.blobs, `${job.inputsFolder}/`, (path) => path === requestPath(job.folder));
}

async function eraseRecord(context: Context, account: string, id: string): Promise<void> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const stored: StoredJob = await readJob(context, account, id);
    const outcome = await context.records.commit(account, [replaceJob(erase(stored.job), stored.etag)]);
    if (outcome.committed) return;
  }
  throw new AppError('overloaded', {
    detail: 'The job is changing too fast to be deleted.',
    retryAfterSeconds: 1,
  });
}

/** Names, params and results go; money, times and states stay. */
function erase(job: Job): Job {
  const steps = job.steps.map(({ operation }) => ({ operation, params: {} }));
  const inputs = job.inputs.map(({ bytes }) => ({ name: '', bytes, sha256: '' }));
  const { error: _error, ...rest } = job;
  return { ...rest, steps, inputs, results: [], warnings: [], deleted: true };
}
