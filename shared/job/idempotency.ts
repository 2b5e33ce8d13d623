// Idempotency-Key: the same key and the same request are the same job, for as long as the job's record
// lives (24 hours past its expiry). The row is inserted in the accepting transaction, so two equal requests in
// flight cannot both be accepted.
import { createHash } from 'node:crypto';
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import type { Write } from '#shared/records/record-store.ts';
import type { JobInput, JobStep } from './job.ts';
import { readJob } from './read-job.ts';
import type { StoredJob } from './job-record.ts';

/** 1 to 255 visible ASCII characters. */
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The row's key for a client's Idempotency-Key. Throws `bad_request` when the key has another form. */
export function idempotencyKey(given: string): string {
  if (!keyPattern.test(given))
    throw new AppError('bad_request', {
      detail: 'The Idempotency-Key is not 1 to 255 visible ASCII characters.',
      hint: 'Send a fresh UUID with each new request, and the same one when you repeat it.',
    });
  return `idem:${sha256(given)}`;
}

/** What makes two requests the same: what is done, to which bytes, under which names. */
export function hashRequest(request: {
  readonly steps: readonly JobStep[];
  readonly inputs: readonly JobInput[];
  readonly ttlSeconds?: number | undefined;
}): string {
  const { steps, inputs, ttlSeconds } = request;
  return sha256(
    JSON.stringify([
      steps.map((step) => [step.operation, step.params]),
      inputs.map((i) => [i.name, i.sha256]),
      ttlSeconds ?? 0,
    ]),
  );
}

export function insertIdempotency(key: string, job: string, requestHash: string): Write {
  return { op: 'insert', key, fields: { job, requestHash } };
}

/**
 * The job that was accepted under this key before, if any. Throws `idempotency_mismatch` when that was another
 * request, `job_deleted` when it is gone: a key never makes a second job.
 */
export async function findRepeated(
  ports: Pick<Context, 'records'>,
  account: string,
  key: string | undefined,
  requestHash: string,
): Promise<StoredJob | undefined> {
  const record = key === undefined ? undefined : await ports.records.get(account, key);
  if (!record) return undefined;
  if (record.fields['requestHash'] !== requestHash)
    throw new AppError('idempotency_mismatch', {
      detail: 'The Idempotency-Key was used before with other steps, params or files.',
      hint: 'Use a new key for a new request; repeat a request byte for byte with its key.',
    });
  return readJob(ports, account, String(record.fields['job']));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
