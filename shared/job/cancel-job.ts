// Cancel and complete race on one compare-and-set: the first terminal state wins. A worker that holds the job sees
// the loss of its claim at the next renewal and stops.
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { isTerminal } from './job.ts';
import type { StoredJob } from './job-record.ts';
import { readJob } from './read-job.ts';
import { settleJob } from './settle-job.ts';

const triesMax = 20;

/** Canceling twice is one cancel. Throws `job_finished` when it ended otherwise, and as readJob does. */
export async function cancelJob(context: Context, account: string, id: string): Promise<StoredJob> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const stored = await readJob(context, account, id);
    const { status } = stored.job;
    if (status === 'canceled') return stored;
    if (isTerminal(status))
      throw new AppError('job_finished', {
        detail: `The job has already ${status === 'expired' ? 'expired' : status} and cannot be canceled.`,
        hint: 'DELETE the job to erase its data now.',
      });
    const outcome = await settleJob(context, stored, { status: 'canceled' });
    if (outcome.type === 'settled') return outcome.stored;
  }
  throw new AppError('overloaded', {
    detail: 'The job is changing too fast to be canceled.',
    retryAfterSeconds: 1,
  });
}
