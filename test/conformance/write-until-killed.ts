// Run as a process by local-durability.test.ts: writes to the three local drivers for ever, several writes at a
// time, and says a line on standard output for each that was acknowledged. Ends only by being killed.
//
// Usage: write-until-killed.ts {data folder} {round}
import fs from 'node:fs';
import { openFileBlobs } from '#shared/blobs/file-blobs.ts';
import { openSqliteQueue } from '#shared/queue/sqlite-queue.ts';
import { openSqliteRecords } from '#shared/records/sqlite-records.ts';
import { blobChunks } from './durable-blob.ts';
import { insert } from './record-steps.ts';

const [dataDir = '', round = ''] = process.argv.slice(2);
const writersAtOnce = 4;
const queue = await openSqliteQueue({ dataDir });
const records = await openSqliteRecords({ dataDir });
const blobs = await openFileBlobs({ dataDir });
let count = 0;

/** Synchronous, so that what was said cannot be lost with the process. */
const say = (what: string, name: string): number => fs.writeSync(1, `${what} ${name}\n`);

async function writeMessages(): Promise<void> {
  for (;;) {
    const name = `${round}-${(count += 1)}`;
    const receipt = await queue.send('images', name, 0);
    if (count % 3 > 0) {
      say('message', name);
      continue;
    }
    await queue.acknowledge(receipt);
    say('acknowledged', name);
  }
}

async function writeRecords(): Promise<void> {
  for (;;) {
    const name = `${round}-${(count += 1)}`;
    await records.commit('p', [insert(`left:${name}`, { name }), insert(`right:${name}`, { name })]);
    say('record', name);
  }
}

async function writeBlobs(): Promise<void> {
  for (;;) {
    const name = `${round}-${(count += 1)}`;
    await blobs.write(`${count % 4}/${name}/blob`, blobChunks(name));
    say('blob', name);
  }
}

const writers = [writeMessages, writeRecords, writeBlobs].flatMap((write) =>
  Array.from({ length: writersAtOnce }, write),
);
await Promise.all(writers);
