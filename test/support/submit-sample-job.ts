// Jobs for tests, by the real code: register, upload, submit, and the message that follows.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { registerAccount } from '#shared/account/register-account.ts';
import type { Context } from '#shared/context.ts';
import type { JobInput } from '#shared/job/job.ts';
import { inputPath } from '#shared/job/job-folder.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { idempotencyKey } from '#shared/job/idempotency.ts';
import { parseSteps } from '#shared/job/plan-job.ts';
import { submitJob } from '#shared/job/submit-job.ts';
import type { Accepted } from '#shared/job/submit-job.ts';
import { openUpload } from '#shared/job/upload.ts';
import type { Upload } from '#shared/job/upload.ts';
import type { Message } from '#shared/queue/job-queue.ts';

export const sampleSteps = parseSteps([{ operation: 'convert-image', params: { format: 'png' } }]);
/** What one sample job costs. */
export const samplePrice = 1;

export interface SampleCaller {
  readonly account: string;
  readonly key: string;
}

export async function registerSampleAccount(context: Context): Promise<SampleCaller> {
  const { account, key } = await registerAccount(context);
  return { account, key: key.id };
}

export async function uploadSampleInput(
  context: Context,
  account: string,
  text = 'an input',
): Promise<[Upload, JobInput]> {
  const upload = openUpload(context, account);
  const bytes = Buffer.from(text);
  await context.blobs.write(inputPath(upload.inputsFolder, 0), Readable.from([bytes]));
  return [
    upload,
    { name: 'a.jpg', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
  ];
}

export async function submitSampleJob(
  context: Context,
  caller: SampleCaller,
  options: { readonly text?: string; readonly idempotencyKey?: string; readonly ttlSeconds?: number } = {},
): Promise<Accepted> {
  const [upload, input] = await uploadSampleInput(context, caller.account, options.text);
  return submitJob(context, {
    upload,
    key: caller.key,
    steps: sampleSteps,
    inputs: [input],
    ttlSeconds: options.ttlSeconds,
    idempotency: options.idempotencyKey === undefined ? undefined : idempotencyKey(options.idempotencyKey),
  });
}

export interface AcceptedJob {
  readonly caller: SampleCaller;
  readonly stored: StoredJob;
  readonly message: Message;
}

/** A fresh account's one job, with its message received. */
export async function acceptSampleJob(context: Context): Promise<AcceptedJob> {
  const caller = await registerSampleAccount(context);
  const { stored } = await submitSampleJob(context, caller);
  return { caller, stored, message: await receiveOne(context) };
}

/** Throws when no message is visible. */
export async function receiveOne(context: Context): Promise<Message> {
  const [message] = await context.queue.receive('images', { max: 1, visibilityMs: 60_000, waitMs: 0 });
  if (!message) throw new Error('there is no visible message');
  return message;
}
