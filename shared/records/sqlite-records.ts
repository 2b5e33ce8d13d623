// The records in one SQLite file: a row a record, its fields as JSON.
//
// ETags are random and new with each write, so that one is never used again: not after a row was deleted and
// inserted anew, nor after a backup was restored.
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { openDatabase, type Database } from '#shared/sqlite/database.ts';
import { assertList } from './assert-list.ts';
import type { DriverOptions } from '#shared/driver-options.ts';
import {
  assertWrites,
  type CommitOutcome,
  type ListOptions,
  type ListPage,
  type RecordFields,
  type RecordStore,
  type StoredRecord,
  type Write,
} from './record-store.ts';
import { fromUtf8Order, toUtf8Order } from './utf16-order.ts';

const schema = {
  version: 1,
  sql: `
    CREATE TABLE record (
      partition TEXT NOT NULL,
      key TEXT NOT NULL,
      etag TEXT NOT NULL,
      fields TEXT NOT NULL,
      UNIQUE (partition, key)
    ) STRICT;
  `,
};

/** Opens `records.sqlite` in the data folder, both made when missing. */
export async function openSqliteRecords(options: DriverOptions): Promise<RecordStore> {
  const database = await openDatabase(path.join(options.dataDir, 'records.sqlite'), schema);
  const statements = prepareStatements(database);

  async function get(partition: string, key: string): Promise<StoredRecord | undefined> {
    const row = await database.read(() => statements.get.get(toUtf8Order(partition), toUtf8Order(key)));
    return row === undefined ? undefined : toRecord(row);
  }

  async function list(partition: string, { from = '', below, limit }: ListOptions): Promise<ListPage> {
    assertList({ limit });
    const [stored, start] = [toUtf8Order(partition), toUtf8Order(from)];
    // One more than asked for tells where the next page begins.
    const rows = await database.read(() =>
      below === undefined
        ? statements.listFrom.all(stored, start, limit + 1)
        : statements.listBetween.all(stored, start, toUtf8Order(below), limit + 1),
    );
    const records = rows.map(toRecord);
    return { records: records.slice(0, limit), next: records[limit]?.key };
  }

  const etagOf = (partition: string, key: string): unknown =>
    statements.etag.get(toUtf8Order(partition), toUtf8Order(key))?.['etag'];

  /** Runs within a transaction. Every condition is looked at before anything is written. */
  function apply(partition: string, writes: readonly Write[]): CommitOutcome {
    for (const write of writes) {
      if (!holds(write, etagOf(partition, write.key))) return { committed: false, key: write.key };
    }
    const etags = new Map<string, string>();
    const stored = toUtf8Order(partition);
    for (const write of writes) {
      const key = toUtf8Order(write.key);
      if (write.op === 'delete') {
        statements.delete.run(stored, key);
        continue;
      }
      const etag = randomUUID();
      statements.put.run(stored, key, etag, JSON.stringify(write.fields));
      etags.set(write.key, etag);
    }
    return { committed: true, etags };
  }

  return {
    get: (partition, key) => database.call(() => get(partition, key)),
    list: (partition, listOptions) => database.call(() => list(partition, listOptions)),
    commit: (partition, writes) =>
      database.call(async () => {
        assertWrites(partition, writes);
        return database.write(() => apply(partition, writes));
      }),
    waitForChange: (partition, key, { etag, waitMs, signal }) =>
      database.call(async () => {
        // Looked at after every commit of anyone, by each that waits: so only the etag, not the fields.
        const differs = (): Promise<boolean> => database.read(() => etagOf(partition, key) !== etag);
        await database.until(differs, { waitMs, signal });
        return get(partition, key);
      }),
    // All processes that share the file share the machine, and so its clock.
    now: () => Date.now(),
    close: () => database.close(),
  };
}

function holds(write: Write, found: unknown): boolean {
  if (write.op === 'insert') return found === undefined;
  if (write.op === 'put') return true;
  return write.etag === undefined || found === write.etag;
}

function prepareStatements(database: Database) {
  const columns = 'SELECT key, etag, fields FROM record WHERE partition = ?';
  return {
    get: database.prepare(`${columns} AND key = ?`),
    listFrom: database.prepare(`${columns} AND key >= ? ORDER BY key LIMIT ?`),
    listBetween: database.prepare(`${columns} AND key >= ? AND key < ? ORDER BY key LIMIT ?`),
    etag: database.prepare('SELECT etag FROM record WHERE partition = ? AND key = ?'),
    put: database.prepare(
      `INSERT INTO record (partition, key, etag, fields) VALUES (?, ?, ?, ?)
       ON CONFLICT (partition, key) DO UPDATE SET etag = excluded.etag, fields = excluded.fields`,
    ),
    delete: database.prepare('DELETE FROM record WHERE partition = ? AND key = ?'),
  };
}

function toRecord(row: Record<string, unknown>): StoredRecord {
  const fields: RecordFields = JSON.parse(String(row['fields']));
  return { key: fromUtf8Order(String(row['key'])), etag: String(row['etag']), fields };
}
