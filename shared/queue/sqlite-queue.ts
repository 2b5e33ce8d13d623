// The queue in one SQLite file. A message is a row that shows itself from `visible_at` on; receiving or hiding
// it moves that time and gives out a new receipt, which voids the one before.
import path from 'node:path';
import { openDatabase, type Database } from '#shared/sqlite/database.ts';
import { assertHide, assertReceive, assertSend } from './assert-limits.ts';
import type { DriverOptions } from '#shared/driver-options.ts';
import type { JobQueue, Lane, Message, ReceiveOptions, Receipt } from './job-queue.ts';

// AUTOINCREMENT: an id is never given to a second message. A receipt is random, so that one from before a
// restored backup does not fit by accident.
const schema = {
  version: 1,
  sql: `
    CREATE TABLE message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      lane TEXT NOT NULL,
      visible_at INTEGER NOT NULL,
      receipt TEXT NOT NULL,
      deliveries INTEGER NOT NULL DEFAULT 0,
      body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX message_by_visibility ON message (lane, visible_at);
  `,
};
const newReceipt = 'lower(hex(randomblob(12)))';

/** Opens `queue.sqlite` in the data folder, both made when missing. */
export async function openSqliteQueue({ dataDir }: DriverOptions): Promise<JobQueue> {
  const database = await openDatabase(path.join(dataDir, 'queue.sqlite'), schema);
  const statements = prepareStatements(database);

  /** What is visible, hidden from now on. Looks before it writes: most wake-ups are for somebody else. */
  async function take(lane: Lane, { max, visibilityMs, signal }: ReceiveOptions): Promise<Message[]> {
    const some = await database.read(() => statements.peek.get(lane, Date.now()));
    if (some === undefined) return [];
    return database.write(() => {
      if (signal?.aborted) return [];
      const now = Date.now();
      const rows = statements.take.all(now + Math.ceil(visibilityMs), lane, now, max);
      return rows.map((row) => toMessage(lane, row)).toSorted((a, b) => Number(a.id) - Number(b.id));
    });
  }

  async function untilNextIsDueMs(lane: Lane): Promise<number | undefined> {
    const row = await database.read(() => statements.nextVisible.get(lane));
    const visibleAt = row?.['visible_at'];
    return visibleAt === undefined ? undefined : Math.max(Number(visibleAt) - Date.now(), 1);
  }

  async function receive(lane: Lane, options: ReceiveOptions): Promise<Message[]> {
    let messages: Message[] = [];
    const received = async (): Promise<boolean> => {
      messages = await take(lane, options);
      return messages.length > 0;
    };
    await database.until(received, {
      waitMs: options.waitMs,
      signal: options.signal,
      dueMs: () => untilNextIsDueMs(lane),
    });
    return messages;
  }

  return {
    send: (lane, body, hiddenMs) =>
      database.call(async () => {
        assertSend(body, hiddenMs);
        const visibleAt = Date.now() + Math.ceil(hiddenMs);
        return database.write(() => toReceipt(lane, statements.send.get(lane, visibleAt, body)));
      }),
    receive: (lane, options) =>
      database.call(async () => {
        assertReceive(options);
        return receive(lane, options);
      }),
    hide: ({ lane, id, receipt }, ms) =>
      database.call(async () => {
        assertHide(ms);
        return database.write(() => {
          const row = statements.hide.get(Date.now() + Math.ceil(ms), id, lane, receipt);
          return row === undefined ? 'gone' : toReceipt(lane, row);
        });
      }),
    acknowledge: ({ lane, id, receipt }) =>
      database.call(() =>
        database.write(() => (statements.acknowledge.run(id, lane, receipt).changes === 1 ? 'done' : 'gone')),
      ),
    depth: (lane) =>
      database.call(() => database.read(() => Number(statements.depth.get(lane)?.['messages']))),
    close: () => database.close(),
  };
}

function prepareStatements(database: Database) {
  return {
    send: database.prepare(
      `INSERT INTO message (lane, visible_at, body, receipt) VALUES (?, ?, ?, ${newReceipt}) RETURNING id, receipt`,
    ),
    peek: database.prepare('SELECT 1 FROM message WHERE lane = ? AND visible_at <= ? LIMIT 1'),
    nextVisible: database.prepare(
      'SELECT visible_at FROM message WHERE lane = ? ORDER BY visible_at LIMIT 1',
    ),
    take: database.prepare(
      `UPDATE message SET visible_at = ?, receipt = ${newReceipt}, deliveries = deliveries + 1
       WHERE id IN (SELECT id FROM message WHERE lane = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?)
       RETURNING id, receipt, deliveries, body`,
    ),
    hide: database.prepare(
      `UPDATE message SET visible_at = ?, receipt = ${newReceipt}
       WHERE id = ? AND lane = ? AND receipt = ? RETURNING id, receipt`,
    ),
    acknowledge: database.prepare('DELETE FROM message WHERE id = ? AND lane = ? AND receipt = ?'),
    depth: database.prepare('SELECT count(*) AS messages FROM message WHERE lane = ?'),
  };
}

type Row = Record<string, unknown>;

function toReceipt(lane: Lane, row: Row | undefined): Receipt {
  return { lane, id: String(row?.['id']), receipt: String(row?.['receipt']) };
}

function toMessage(lane: Lane, row: Row): Message {
  return { ...toReceipt(lane, row), body: String(row['body']), deliveries: Number(row['deliveries']) };
}
