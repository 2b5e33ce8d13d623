// What is due after a job has ended. Each effect is idempotent and struck from the record once done; whoever holds the
// message next does what is left, so nothing after the commit can be lost.
import type { Context } from '#shared/context.ts';
import type { AfterEffect, Job } from './job.ts';
import { jobKey, replaceJob } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import { findJob } from './read-job.ts';

const effects: Readonly<Record<AfterEffect, (context: Context, job: Job) => Promise<void>>> = {
  'dead-letter': recordDeadLetter,
};

export function deadLetterPartition(lane: Job['lane']): string {
  return `dead:${lane}`;
}

/** Rejects when an effect could not be done: the message must then come back. */
export async function finishAfterEffects(context: Context, stored: StoredJob): Promise<void> {
  for (const effect of stored.job.after) await effects[effect](context, stored.job);
  let current: StoredJob | undefined = stored;
  while (current && current.job.after.length > 0) {
    const { job, etag }: StoredJob = current;
    const outcome = await context.records.commit(job.account, [replaceJob({ ...job, after: [] }, etag)]);
    if (outcome.committed) return;
    current = await findJob(context, job.account, job.id);
  }
}

/** For operators: which job, why, when. The job itself keeps its inputs until it expires. */
async function recordDeadLetter({ records }: Context, job: Job): Promise<void> {
  const { id, account, error, attempts, lostClaims, finishedAt } = job;
  const fields = {
    account,
    code: error?.code ?? 'internal',
    attempts,
    lostClaims,
    at: finishedAt ?? records.now(),
  };
  await records.commit(deadLetterPartition(job.lane), [{ op: 'put', key: jobKey(id), fields }]);
}
