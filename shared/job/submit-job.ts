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
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { hold } from '#shared/ledger/balance.ts';
import { postToBalance } from '#shared/ledger/post-to-balance.ts';
import type { Receipt } from '#shared/queue/job-queue.ts';
import { findRepeated, hashRequest, insertIdempotency } from './idempotency.ts';
import type { Job, JobInput, JobStep } from './job.ts';
import { folderOf, requestPath } from './job-folder.ts';
import { insertJob, jobKey, jobVersion } from './job-record.ts';
import type { StoredJob } from './job-record.ts';
import { formatMessage } from './message.ts';
import { laneOf, priceOf } from './plan-job.ts';
import { findJob } from './read-job.ts';
import { discardUpload, notStored } from './upload.ts';
import type { Upload } from './upload.ts';

/** How long the message stays hidden while its record is committed. */
const commitMs = 30_000;

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

export interface Accepted {
  readonly stored: StoredJob;
  /** The same request under the same Idempotency-Key came before: this upload is not used. */
  readonly repeated: boolean;
}

/** `unknown`: the job may have been accepted or not, so nothing of it may be touched. */
type Outcome = Accepted | { readonly unknown: unknown };

/**
 * Takes charge of the upload: it is discarded whenever the job is known not to be accepted. Throws
 * `insufficient_credits`, `account_suspended`, `idempotency_mismatch`, `job_deleted`, `overloaded` or `unavailable`; of
 * the last, the words say whether it is known that nothing was accepted.
 */
export async function submitJob(context: Context, submission: Submission): Promise<Accepted> {
  const { upload } = submission;
  const draft = draftJob(context, submission);
  let outcome: Outcome;
  try {
    outcome = await submit(context, draft, hashRequest(submission));
  } catch (error) {
    await discardUpload(context, upload, draft.folder);
    throw error instanceof AppError ? error : notStored('The job', error);
  }
  if ('unknown' in outcome) throw notKnown(outcome.unknown);
  if (outcome.repeated) await discardUpload(context, upload, draft.folder);
  return outcome;
}

type Draft = Omit<Job, 'hold'>;

function draftJob(
  { records, config }: Context,
  { upload, key, steps, inputs, ttlSeconds, idempotency }: Submission,
): Draft {
  const createdAt = records.now();
  const expiresAt = createdAt + Math.min(ttlSeconds ?? config.jobs.ttlSeconds, config.jobs.ttlSeconds) * 1000;
  return {
    version: jobVersion,
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

/** Whatever it throws, nothing was accepted. */
async function submit(context: Context, draft: Draft, requestHash: string): Promise<Outcome> {
  const { account, id, lane, idempotency } = draft;
  const before = await findRepeated(context, account, idempotency, requestHash);
  if (before) return { stored: before, repeated: true };

  await writeRequest(context, draft);
  const receipt = await context.queue.send(lane, formatMessage({ account, job: id }), commitMs);
  const committed = await commit(context, draft, requestHash, receipt);
  if ('unknown' in committed) return committed;
  if ('stored' in committed) {
    await reveal(context, receipt);
    context.metrics.jobsAccepted.inc({ lane });
    return { stored: committed.stored, repeated: false };
  }
  await dropMessage(context, receipt);
  const earlier = await findRepeated(context, account, idempotency, requestHash);
  if (earlier) return { stored: earlier, repeated: true };
  // A worker had given the job up for lost, and its `void` record was there first.
  throw tooLate();
}

async function writeRequest(
  { blobs }: Context,
  { id, folder, inputsFolder, steps, inputs }: Draft,
): Promise<void> {
  const request = Buffer.from(JSON.stringify({ job: id, inputsFolder, steps, inputs }));
  await blobs.write(requestPath(folder), Readable.from([request]));
}

type Committed = { readonly stored: StoredJob } | { readonly conflict: true } | { readonly unknown: unknown };

/** Throws what refuses the job; its message is then gone. */
async function commit(
  context: Context,
  draft: Draft,
  requestHash: string,
  receipt: Receipt,
): Promise<Committed> {
  const price = priceOf(draft.steps, draft.inputs);
  let job: Job | undefined;
  try {
    const outcome = await postToBalance(context, draft.account, 'submit', (opened, now) => {
      // Only after days of standing still; a `void` record written meanwhile may be gone again.
      if (now >= draft.expiresAt) throw tooLate();
      const { posting, hold: held } = hold(opened, price, draft.id, now);
      job = { ...draft, hold: held };
      const writes = [insertJob(job)];
      if (draft.idempotency !== undefined)
        writes.push(insertIdempotency(draft.idempotency, draft.id, requestHash));
      return { posting, writes };
    });
    if (outcome.committed && job) return { stored: { job, etag: outcome.etags.get(jobKey(draft.id)) ?? '' } };
  } catch (error) {
    if (!(error instanceof AppError)) return readBack(context, draft, error);
    await dropMessage(context, receipt);
    throw error;
  }
  return readBack(context, draft, undefined);
}

/**
 * The record says whether it was done: after an answer that was lost, and after a conflict too, which a store that
 * repeats commits by itself may report of our own. When it cannot be read after a lost answer, nobody knows.
 */
async function readBack(context: Context, draft: Draft, lost: unknown): Promise<Committed> {
  if (lost !== undefined)
    context.log.error({ error: lost, job: draft.id }, 'the answer to a commit was lost');
  let stored: StoredJob | undefined;
  try {
    stored = await findJob(context, draft.account, draft.id);
  } catch (error) {
    return { unknown: lost ?? error };
  }
  if (stored && stored.job.status !== 'void') return { stored };
  return lost === undefined ? { conflict: true } : { unknown: lost };
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

function tooLate(): AppError {
  return new AppError('unavailable', {
    detail: 'The request took too long to be accepted. Nothing was charged.',
    hint: 'Send it again.',
    retryAfterSeconds: 1,
  });
}

function notKnown(cause: unknown): AppError {
  return new AppError('unavailable', {
    detail: 'It is not known whether the job was accepted.',
    hint: 'Repeat the request with the same Idempotency-Key, or look for the job in GET /v1/jobs.',
    retryAfterSeconds: 5,
    cause,
  });
}
