// A job's inputs before there is a job: an id, a folder, and what becomes of both when the request is not accepted.
import { removeBlobs } from '#shared/blobs/remove-blobs.ts';
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { createJobId } from './job-id.ts';
import { folderOf, requestPath } from './job-folder.ts';

export interface Upload {
  readonly account: string;
  readonly job: string;
  readonly inputsFolder: string;
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

/** The store could not take `what`: a full disk, an outage. Only where it is known that nothing was accepted. */
export function notStored(what: string, cause: unknown): AppError {
  return new AppError('unavailable', {
    detail: `${what} could not be stored. Nothing was charged.`,
    hint: 'Send the request again later.',
    retryAfterSeconds: 5,
    cause,
  });
}
