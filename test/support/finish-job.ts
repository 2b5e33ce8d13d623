// A worker without engines: takes the next job of a lane by the real protocol and ends it with what a test gives it.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context } from '#shared/context.ts';
import { claimJob } from '#shared/job/claim-job.ts';
import { jobError } from '#shared/job/job-error.ts';
import type { JobError, JobResult } from '#shared/job/job.ts';
import { finishAfterEffects } from '#shared/job/finish-after-effects.ts';
import { resultPath } from '#shared/job/job-folder.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { parseMessage } from '#shared/job/message.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import type { Lane, Message } from '#shared/queue/job-queue.ts';

export interface MadeResult {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

export const madePng: MadeResult = {
  name: 'small.png',
  mediaType: 'image/png',
  content: Buffer.from('not really an image'),
};

export interface TakenJob {
  readonly stored: StoredJob;
  succeed(...results: readonly MadeResult[]): Promise<void>;
  fail(error?: JobError): Promise<void>;
}

/** Waits for a job in the lane and claims it. */
export async function takeJob(context: Context, lane: Lane = 'images'): Promise<TakenJob> {
  const [message] = await context.queue.receive(lane, { max: 1, visibilityMs: 60_000, waitMs: 10_000 });
  if (!message) throw new Error(`no message came in the lane ${lane}`);
  const reminder = parseMessage(message.body);
  if (typeof reminder === 'string') throw new Error(`the message is ${reminder}`);
  const outcome = await claimJob(context, reminder);
  if (outcome.type !== 'claimed') throw new Error(`the job could not be claimed: ${outcome.type}`);
  const { stored } = outcome;
  return {
    stored,
    succeed: async (...made) => {
      const results = await Promise.all(
        made.map((result, index) => writeResult(context, stored, result, index)),
      );
      await settle(context, stored, message, { status: 'succeeded', results, warnings: [] });
    },
    fail: (error = jobError('corrupt_file', { detail: 'It ends too early.' })) =>
      settle(context, stored, message, { status: 'failed', error }),
  };
}

/** Takes the next job and makes it succeed. */
export async function finishJob(context: Context, ...results: readonly MadeResult[]): Promise<void> {
  const job = await takeJob(context);
  await job.succeed(...(results.length > 0 ? results : [madePng]));
}

async function writeResult(
  { blobs }: Context,
  { job }: StoredJob,
  { name, mediaType, content }: MadeResult,
  index: number,
): Promise<JobResult> {
  const { bytes } = await blobs.write(
    resultPath(job.folder, job.claim?.id ?? '', index),
    Readable.from([content]),
  );
  return { name, mediaType, bytes, sha256: createHash('sha256').update(content).digest('hex') };
}

async function settle(
  context: Context,
  stored: StoredJob,
  message: Message,
  ending: Parameters<typeof settleJob>[2],
): Promise<void> {
  const outcome = await settleJob(context, stored, ending);
  if (outcome.type === 'settled') await finishAfterEffects(context, outcome.stored);
  await context.queue.acknowledge(message);
}
