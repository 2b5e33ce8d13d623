// Giving up on a job that was never accepted is a write: once its record is there, a commit that comes late conflicts.
// The tombstone comes first, so that no such record can stay where cleanup would not find it.
import type { Context } from '#shared/context.ts';
import { leaveTombstone } from './tombstone.ts';
import { jobKey, jobVersion } from './job-record.ts';

/** A record that is there already, of whatever kind, stays as it is. */
export async function voidJob(context: Context, account: string, id: string): Promise<void> {
  await leaveTombstone(context, account, id);
  const now = context.records.now();
  const fields = { version: jobVersion, id, account, status: 'void', createdAt: now, expiresAt: now };
  await context.records.commit(account, [{ op: 'insert', key: jobKey(id), fields }]);
}
