// What the tests of the records do again and again, in the partition `p`.
import type { RecordFields, RecordStore, StoredRecord, Write } from '#shared/records/record-store.ts';

/** Longer than a test may take: what is waited for this long must be woken. */
export const waitMs = 60_000;

export const insert = (key: string, fields: RecordFields = {}): Write => ({ op: 'insert', key, fields });
export const put = (key: string, fields: RecordFields = {}): Write => ({ op: 'put', key, fields });

export async function mustCommit(
  store: RecordStore,
  ...writes: Write[]
): Promise<ReadonlyMap<string, string>> {
  const outcome = await store.commit('p', writes);
  if (!outcome.committed) throw new Error(`conflict on ${outcome.key}`);
  return outcome.etags;
}

export async function mustGet(store: RecordStore, key: string): Promise<StoredRecord> {
  const record = await store.get('p', key);
  if (record === undefined) throw new Error(`there is no ${key}`);
  return record;
}

/** Adds one to the `value` of a row, however many others do so at the same time. */
export async function increment(store: RecordStore, key: string): Promise<void> {
  for (;;) {
    const { etag, fields } = await mustGet(store, key);
    const value = Number(fields['value']) + 1;
    const outcome = await store.commit('p', [{ op: 'replace', key, fields: { value }, etag }]);
    if (outcome.committed) return;
  }
}
