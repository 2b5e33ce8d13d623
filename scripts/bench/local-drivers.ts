// Measures the local drivers on this machine, in about 20 seconds: throughput of queue, records and blobs, and how
// soon a process learns of what another one sent. Absolute numbers depend on the disk (the fsync is told with
// them); the ratios within one run are what to compare.
//
// Usage: local-drivers.ts
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileBlobs } from '#shared/blobs/file-blobs.ts';
import { openSqliteQueue } from '#shared/queue/sqlite-queue.ts';
import { openSqliteRecords } from '#shared/records/sqlite-records.ts';

const secondsEach = 1.5;
const wakeUps = 300;
/** So many at once is what a busy api or worker has pending. */
const callersAtOnce = 32;
/** About what the record of a job takes. */
const fields = { state: 'x'.repeat(1500) };

/** What `work` does in a second, by so many callers that each wait for one before the next. */
async function measureRate(callers: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const call = async (): Promise<void> => {
    while (performance.now() - startedAt < secondsEach * 1000) await work((done += 1));
  };
  await Promise.all(Array.from({ length: callers }, call));
  return done / ((performance.now() - startedAt) / 1000);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function tell(what: string, value: number, unit: string, digits = 0): void {
  console.log(`${what.padEnd(52)} ${value.toFixed(digits).padStart(8)} ${unit}`);
}

async function measureFsync(dataDir: string): Promise<void> {
  const handle = await fs.open(path.join(dataDir, 'fsync'), 'w');
  const took: number[] = [];
  for (let n = 0; n < 200; n += 1) {
    await handle.write(Buffer.alloc(4096, n));
    const startedAt = performance.now();
    await handle.sync();
    took.push(performance.now() - startedAt);
  }
  await handle.close();
  tell('fsync of 4 KiB, p50', percentile(took, 0.5), 'ms', 2);
  tell('fsync of 4 KiB, p99', percentile(took, 0.99), 'ms', 2);
}

async function measureQueue(dataDir: string): Promise<void> {
  const queue = await openSqliteQueue({ dataDir });
  const send = (): Promise<unknown> => queue.send('images', '{"v":1,"account":"a","job":"j"}', 0);
  const receiveOne = async (): Promise<void> => {
    const [message] = await queue.receive('images', { max: 1, visibilityMs: 60_000, waitMs: 0 });
    if (message !== undefined) await queue.acknowledge(message);
  };
  tell('sends, one at a time', await measureRate(1, send), '/s');
  tell(`sends, ${callersAtOnce} at once`, await measureRate(callersAtOnce, send), '/s');
  tell('receive + acknowledge, one at a time', await measureRate(1, receiveOne), '/s');
  tell(`receive + acknowledge, ${callersAtOnce} at once`, await measureRate(callersAtOnce, receiveOne), '/s');
  await queue.close();
}

async function measureRecords(dataDir: string): Promise<void> {
  const records = await openSqliteRecords({ dataDir });
  const commit = (n: number): Promise<unknown> =>
    records.commit(`account ${n % 100}`, [{ op: 'put', key: `job:${n}`, fields }]);
  const alone = await measureRate(1, commit);
  const together = await measureRate(callersAtOnce, commit);
  tell('record commits, one at a time', alone, '/s');
  tell(`record commits, ${callersAtOnce} at once`, together, '/s');
  tell('  ratio', together / alone, 'x', 1);
  await records.close();
}

async function measureBlobs(dataDir: string): Promise<void> {
  const blobs = await openFileBlobs({ dataDir });
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(64 * 1024);
  }
  const write = (n: number): Promise<unknown> => blobs.write(`0/2026010100/account/${n}/in/0`, content());
  tell('blobs of 64 KiB in a new folder, one at a time', await measureRate(1, write), '/s');
  tell(
    `blobs of 64 KiB in a new folder, ${callersAtOnce} at once`,
    await measureRate(callersAtOnce, write),
    '/s',
  );
  await blobs.close();
}

/** From when a process had its send acknowledged until another, that waits, has received the message. */
async function measureWakeUps(dataDir: string): Promise<void> {
  const queue = await openSqliteQueue({ dataDir });
  const sender = fork(import.meta.filename, [dataDir], { execArgv: [] });
  await once(sender, 'message');
  const took: number[] = [];
  for (let n = 0; n < wakeUps; n += 1) {
    const waiting = queue.receive('documents', { max: 1, visibilityMs: 60_000, waitMs: 10_000 });
    const [[sentAt], [message]] = await Promise.all([requestSend(sender), waiting]);
    took.push(absoluteMs() - sentAt);
    if (message !== undefined) await queue.acknowledge(message);
  }
  sender.disconnect();
  await once(sender, 'exit');
  await queue.close();
  tell('wake-up across processes, p50', percentile(took, 0.5), 'ms', 1);
  tell('wake-up across processes, p99', percentile(took, 0.99), 'ms', 1);
}

async function requestSend(sender: ChildProcess): Promise<[number]> {
  const answered: Promise<unknown[]> = once(sender, 'message');
  sender.send('send');
  return [Number((await answered)[0])];
}

/** Comparable between processes of one machine, finer than milliseconds. */
function absoluteMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The other process: sends a message when asked to, at a moment that the receiver’s polling cannot foresee. */
async function serveSends(dataDir: string): Promise<void> {
  const queue = await openSqliteQueue({ dataDir });
  process.on('message', () => {
    setTimeout(
      () => {
        void queue.send('documents', 'wake', 0).then(() => process.send?.(absoluteMs()));
      },
      2 + Math.random() * 10,
    );
  });
  process.on('disconnect', () => void queue.close());
  process.send?.('ready');
}

async function measureAll(): Promise<void> {
  const dataDir = await fs.mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'));
  try {
    await measureFsync(dataDir);
    await measureQueue(dataDir);
    await measureRecords(dataDir);
    await measureBlobs(dataDir);
    await measureWakeUps(dataDir);
  } finally {
    await fs.rm(dataDir, { recursive: true });
  }
}

const [serveIn] = process.argv.slice(2);
await (serveIn === undefined ? measureAll() : serveSends(serveIn));
