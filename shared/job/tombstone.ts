// A tombstone is an empty blob by which cleanup finds, a day after a job's data went, the records that are left of it.
import { Readable } from 'node:stream';
import type { Context } from '#shared/context.ts';
import { folderOf } from './job-folder.ts';

/** Records and Idempotency-Keys outlive their job's data by this much. */
export const recordMsAfterExpiry = 24 * 3600 * 1000;

export function tombstonePath(folder: string): string {
  return `${folder}/tombstone`;
}

/** Under the hour in which the records are to go. */
export async function leaveTombstone(
  { blobs, records }: Context,
  account: string,
  job: string,
): Promise<void> {
  const folder = folderOf(account, job, records.now() + recordMsAfterExpiry);
  await blobs.write(tombstonePath(folder), Readable.from([]));
}
