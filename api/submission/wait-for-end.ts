// Waiting for a job on a client's behalf. The wait is over when the job has ended, the time is up, the client has gone or
// this node drains; the job itself does not care.
import type { Response } from 'express';
import type { StoredJob } from '#shared/job/job-record.ts';
import { waitForJob } from '#shared/job/read-job.ts';
import type { ApiContext } from '../api-context.ts';

/** The job as it then is. Throws as readJob does. */
export async function waitForEnd(
  context: ApiContext,
  response: Response,
  job: { readonly account: string; readonly id: string },
  waitMs: number,
): Promise<StoredJob> {
  const over = new AbortController();
  const end = (): void => over.abort();
  if (context.draining.aborted || response.destroyed) end();
  context.draining.addEventListener('abort', end);
  response.once('close', end);
  try {
    return await waitForJob(context, job.account, job.id, waitMs, over.signal);
  } finally {
    context.draining.removeEventListener('abort', end);
    response.off('close', end);
  }
}
