// Reading jobs, for whoever asks on an account's behalf.
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { isTerminal, shownStatus } from './job.ts';
import type { Job, JobStatus } from './job.ts';
import { isJobId } from './job-id.ts';
import { jobKey, jobKeyPrefix, parseJob } from './job-record.ts';
import type { StoredJob } from './job-record.ts';

type Records = Pick<Context, 'records'>;

/** The job as stored, `void` and deleted ones included; undefined when there is none. */
export async function findJob(
  { records }: Records,
  account: string,
  id: string,
): Promise<StoredJob | undefined> {
  const record = isJobId(id) ? await records.get(account, jobKey(id)) : undefined;
  return record && parseJob(record);
}

/** Throws `job_not_found` (another account's job is not found either) or `job_deleted`. */
export async function readJob(ports: Records, account: string, id: string): Promise<StoredJob> {
  return assertShown(await findJob(ports, account, id), id);
}

/** The job once it has ended, or as it is after `waitMs` or when the signal aborts. Throws as readJob does. */
export async function waitForJob(
  ports: Records,
  account: string,
  id: string,
  waitMs: number,
  signal?: AbortSignal,
): Promise<StoredJob> {
  let stored = await readJob(ports, account, id);
  const until = ports.records.now() + waitMs;
  while (!isTerminal(stored.job.status) && !signal?.aborted) {
    const leftMs = until - ports.records.now();
    if (leftMs <= 0) break;
    const options = { etag: stored.etag, waitMs: leftMs, ...(signal ? { signal } : {}) };
    const record = await ports.records.waitForChange(account, jobKey(id), options);
    stored = assertShown(record && parseJob(record), id);
  }
  return stored;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Hand it back as `cursor`. */
  readonly next: string | undefined;
}

/** What one call looks at, at the most: a filter that fits nothing must not read a whole history. */
const scanPagesMax = 10;
const scanRows = 101;

/**
 * Newest first, at most `limit` (1 to 100), and fewer, with a `next` all the same, when few of a long history fit the
 * status. `cursor` is the id to go on from. Deleted jobs are left out.
 */
export async function listJobs(
  { records }: Records,
  account: string,
  options: { readonly limit: number; readonly cursor?: string; readonly status?: JobStatus },
): Promise<JobPage> {
  const now = records.now();
  const fits = (job: Job) => isShown(job) && (!options.status || shownStatus(job, now) === options.status);
  const jobs: Job[] = [];
  let from: string | undefined = jobKey(options.cursor ?? '');
  for (
    let pages = 0;
    from !== undefined && jobs.length <= options.limit && pages < scanPagesMax;
    pages += 1
  ) {
    const limit = options.status ? scanRows : options.limit + 1;
    const page = await records.list(account, { from, below: `${jobKeyPrefix}~`, limit });
    jobs.push(...page.records.map((record) => parseJob(record).job).filter(fits));
    from = page.next;
  }
  return {
    jobs: jobs.slice(0, options.limit),
    next: jobs[options.limit]?.id ?? from?.slice(jobKeyPrefix.length),
  };
}

function isShown(job: Job): boolean {
  return job.status !== 'void' && !job.deleted;
}

function assertShown(stored: StoredJob | undefined, id: string): StoredJob {
  if (!stored || stored.job.status === 'void')
    throw new AppError('job_not_found', {
      detail: `There is no job ${isJobId(id) ? id : 'with this id'} in this account.`,
    });
  if (stored.job.deleted)
    throw new AppError('job_deleted', { detail: `The job ${id} was deleted on request.` });
  return stored;
}
