// Run as a process, several times at once, by local-processes.test.ts: opens the three local drivers in a folder
// that may not exist yet, and contends for the same rows, messages and folders. Any error ends it with a code.
//
// Usage: work-beside-others.ts {data folder} {name} {times}
import { openFileBlobs } from '#shared/blobs/file-blobs.ts';
import { openSqliteQueue } from '#shared/queue/sqlite-queue.ts';
import { openSqliteRecords } from '#shared/records/sqlite-records.ts';
import { increment, put } from './record-steps.ts';

const [dataDir = '', name = '', times = ''] = process.argv.slice(2);
const [queue, records, blobs] = await Promise.all([
  openSqliteQueue({ dataDir }),
  openSqliteRecords({ dataDir }),
  openFileBlobs({ dataDir }),
]);

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

await records.commit('p', [{ op: 'insert', key: 'counter', fields: { value: 0 } }]);
for (let n = 0; n < Number(times); n += 1) {
  await increment(records, 'counter');
  await Promise.all([
    queue.send('images', `${name}-${n}`, 0),
    records.commit('p', [put(`own:${name}:${n}`)]),
    blobs.write(`shared/${n}/passing-${name}`, text(name)),
  ]);
  // The folder may go with this, while a neighbour writes into it.
  await Promise.all([
    blobs.delete(`shared/${n}/passing-${name}`),
    blobs.write(`shared/${n}/kept-${name}`, text(name)),
  ]);
}
await Promise.all([queue.close(), records.close(), blobs.close()]);
