// Accepting a job, once its inputs are stored:
//
//   1 request.json     the payload, and cleanup's index
//   2 message, hidden  so that a crash after the commit costs a delay, never a job
//   3 commit           job, hold, idempotency row: one transaction
//   4 reveal
//
// A crash before 3 leaves a message without a record and blobs without a job: the worker drops the one (claim-job),
// cleanup the other. After a commit whose answer was lost, nothing is deleted.
import { Readable } from 'node:stream';
import { removeBlobs } from '#shared/blobs/remove-blobs.ts';
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { hold } from '#shared/ledger/balance.ts';
import { postToBalance } from '#shared/ledger/post-to-balance.ts';
import type { Receipt } from '#shared/queue/job-queue.ts';
import { findRepeated, hashRequest, insertIdempotency } from './idempotency.ts';
import type { Job, JobInput, JobStep } from './job.ts';
import { createJobId } from './job-id.ts';
import { folderOf, requestPath } from './job-folder.ts';
import { insertJob, jobKey } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import { formatMessage } from './message.ts';
import { laneOf, priceOf } from './plan-job.ts';
import { findJob } from './read-job.ts';

/** How long the message stays hidden while its record is committed. */
const commitMs = 30_000;

/** A job that is being uploaded: its id and where its inputs go. */
export interface Upload {
  readonly account: string;
  readonly job: string;
  readonly inputsFolder: string;
}

export interface Submission {
  readonly upload: Upload;
  /** The id of the key it came with. */
  readonly key: string;
  readonly steps: readonly JobStep[];
  readonly inputs: readonly JobInput[];
  /** Seconds until it expires; at most the configured time to live, which is the default. */
  readonly ttlSeconds?: number | undefined;
  /** From idempotencyKey(). */
  readonly idempotency?: string | undefined;
}

/** Before the first byte: the inputs' folder is named by the latest hour that the job can expire in. */
export function openUpload({ records, chance, config }: Context, account: string): Upload {
  const now = records.now();
  const job = createJobId(now, chance);
  const latest = now + (config.jobs.ttlSeconds + config.limits.transferSecondsMax) * 1000;
  return { account, job, inputsFolder: folderOf(account, job, latest) };
}

/** For a request that was not accepted: what it stored goes at once, and what fails to go is cleanup's. */
export async function discardUpload({ blobs, log }: Context, upload: Upload, folder?: string): Promise<void> {
  try {
    await removeBlobs(blobs, `${upload.inputsFolder}/`);
    if (folder !== undefined) await blobs.delete(requestPath(folder));
  } catch (error) {
    log.warn({ error, job: upload.job }, 'inputs of a refused request are left to cleanup');
  }
}

export interface Accepted {
  readonly stored: StoredJob;
  /** The same request under the same Idempotency-Key came before: this upload is not used. */
  readonly repeated: boolean;
}

/**
 * Takes charge of the upload: it is discarded whenever the job is known not to be accepted. Throws
 * `insufficient_credits`, `account_suspended`, `idempotency_mismatch`, `job_deleted`, `overloaded` (not accepted), or
 * `unavailable` (not known, or given up for lost).
 */
export async function submitJob(context: Context, submission: Submission): Promise<Accepted> {
  const { upload } = submission;
  const draft = draftJob(context, submission);
  try {
    const accepted = await submit(context, submission, draft);
    if (accepted.repeated) await discardUpload(context, upload, draft.folder);
    return accepted;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'unavailable')
      await discardUpload(context, upload, draft.folder);
    throw error;
  }
}

async function submit(context: Context, submission: Submission, draft: Draft): Promise<Accepted> {
  const { account, id, lane, idempotency } = draft;
  const requestHash = hashRequest(submission);
  const repeated = await findRepeated(context, account, idempotency, requestHash);
  if (repeated) return { stored: repeated, repeated: true };

  await writeRequest(context, draft);
  const receipt = await context.queue.send(lane, formatMessage({ account, job: id }), commitMs);
  const stored = await commit(context, draft, requestHash, receipt);
  if (stored === 'conflict') return afterConflict(context, draft, requestHash);

  await reveal(context, receipt);
  context.metrics.jobsAccepted.inc({ lane });
  return { stored, repeated: false };
}

type Draft = Omit<Job, 'hold'>;

function draftJob(
  { records, config }: Context,
  { upload, key, steps, inputs, ttlSeconds, idempotency }: Submission,
): Draft {
  const createdAt = records.now();
  const expiresAt = createdAt + Math.min(ttlSeconds ?? config.jobs.ttlSeconds, config.jobs.ttlSeconds) * 1000;
  return {
    id: upload.job,
    account: upload.account,
    key,
    lane: laneOf(steps),
    status: 'queued',
    steps,
    inputs,
    results: [],
    warnings: [],
    progress: 0,
    charged: 0,
    attempts: 0,
    lostClaims: 0,
    epoch: 0,
    after: [],
    folder: folderOf(upload.account, upload.job, expiresAt),
    inputsFolder: upload.inputsFolder,
    ...(idempotency === undefined ? {} : { idempotency }),
    deleted: false,
    createdAt,
    expiresAt,
  };
}

async function writeRequest(
  { blobs }: Context,
  { id, folder, inputsFolder, steps, inputs }: Draft,
): Promise<void> {
  const request = Buffer.from(JSON.stringify({ job: id, inputsFolder, steps, inputs }));
  await blobs.write(requestPath(folder), Readable.from([request]));
}

/** The accepted job, or `conflict` when nothing was written. Refused or conflicting, its message goes; unknown, it stays. */
async function commit(
  context: Context,
  draft: Draft,
  requestHash: string,
  receipt: Receipt,
): Promise<StoredJob | 'conflict'> {
  const price = priceOf(draft.steps, draft.inputs);
  let job: Job | undefined;
  try {
    const outcome = await postToBalance(context, draft.account, 'submit', (opened, now) => {
      const { posting, hold: held } = hold(opened, price, draft.id, now);
      job = { ...draft, hold: held };
      const writes = [insertJob(job)];
      if (draft.idempotency !== undefined)
        writes.push(insertIdempotency(draft.idempotency, draft.id, requestHash));
      return { posting, writes };
    });
    if (outcome.committed && job) return { job, etag: outcome.etags.get(jobKey(draft.id)) ?? '' };
  } catch (error) {
    if (!(error instanceof AppError)) return readBack(context, draft, error);
    await dropMessage(context, receipt);
    throw error;
  }
  await dropMessage(context, receipt);
  return 'conflict';
}

/** The answer to the commit was lost: the record says whether it was done, and when it cannot, nobody knows. */
async function readBack(context: Context, draft: Draft, cause: unknown): Promise<StoredJob> {
  context.log.error({ error: cause, job: draft.id }, 'the answer to a commit was lost');
  const stored = await findJob(context, draft.account, draft.id).catch(() => undefined);
  if (stored && stored.job.status !== 'void') return stored;
  throw new AppError('unavailable', {
    detail: 'It is not known whether the job was accepted.',
    hint: 'Repeat the request with the same Idempotency-Key, or look for the job in GET /v1/jobs.',
    retryAfterSeconds: 5,
    cause,
  });
}

/**
 * Nothing was written: another request had this key first, or a worker had given the job up for lost. In that case its
 * `void` record is there, and request.json stays with it, so that cleanup finds both.
 */
async function afterConflict(context: Context, draft: Draft, requestHash: string): Promise<Accepted> {
  const stored = await findRepeated(context, draft.account, draft.idempotency, requestHash);
  if (stored) return { stored, repeated: true };
  throw new AppError('unavailable', {
    detail: 'The request took too long to be accepted. Nothing was charged.',
    hint: 'Send it again.',
    retryAfterSeconds: 1,
  });
}

/** A message that stays finds no record, and the worker drops it in time. */
async function dropMessage({ queue, log }: Context, receipt: Receipt): Promise<void> {
  try {
    await queue.acknowledge(receipt);
  } catch (error) {
    log.warn({ error }, 'the message of a refused job is left to the workers');
  }
}

/** A reveal that fails costs the message's hiding time, no more. */
async function reveal({ queue, log }: Context, receipt: Receipt): Promise<void> {
  try {
    await queue.hide(receipt, 0);
  } catch (error) {
    log.warn({ error }, 'a message stays hidden until its time is over');
  }
}
