// A job as a row of its account's partition: scalars as fields, lists as JSON. Absent is absent, not null.
import type { RecordFields, RecordValue, StoredRecord, Write } from '#shared/records/record-store.ts';
import type { Job } from './job.ts';

/** Raised when a row can no longer be read by the version before; see docs/architecture.md. */
export const jobVersion = 1;

export const jobKeyPrefix = 'job:';

export function jobKey(id: string): string {
  return `${jobKeyPrefix}${id}`;
}

/** Present once a job has ended: no job is settled twice. */
export function settledKey(id: string): string {
  return `settled:${id}`;
}

/** A job together with the version of the row it was read from. */
export interface StoredJob {
  readonly job: Job;
  readonly etag: string;
}

const jsonFields = ['steps', 'inputs', 'results', 'error', 'warnings', 'hold', 'claim', 'after'] as const;

export function jobFields(job: Job): RecordFields {
  const fields: Record<string, RecordValue> = {};
  for (const [name, value] of Object.entries(job)) {
    if (value === undefined) continue;
    fields[name] = (jsonFields as readonly string[]).includes(name)
      ? JSON.stringify(value)
      : (value as RecordValue);
  }
  return fields;
}

export function parseJob(record: StoredRecord): StoredJob {
  const { fields } = record;
  const job: Record<string, unknown> = { ...fields };
  for (const name of jsonFields) if (typeof fields[name] === 'string') job[name] = JSON.parse(fields[name]);
  return { job: job as unknown as Job, etag: record.etag };
}

export function insertJob(job: Job): Write {
  return { op: 'insert', key: jobKey(job.id), fields: jobFields(job) };
}

export function replaceJob(job: Job, etag: string): Write {
  return { op: 'replace', key: jobKey(job.id), fields: jobFields(job), etag };
}
