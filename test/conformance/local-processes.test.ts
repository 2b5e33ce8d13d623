// Several processes on one data folder: they may open it for the first time together, and none of them ever gets
// to see that another held a lock.
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openFileBlobs } from '#shared/blobs/file-blobs.ts';
import { openSqliteQueue } from '#shared/queue/sqlite-queue.ts';
import { openSqliteRecords } from '#shared/records/sqlite-records.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { mustGet } from './record-steps.ts';

const script = path.join(import.meta.dirname, 'work-beside-others.ts');
const names = ['a', 'b', 'c', 'd'];
const times = 60;

async function runBeside(dataDir: string, name: string): Promise<string> {
  const child = spawn(process.execPath, [script, dataDir, name, String(times)], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = await once(child, 'close');
  return code === 0 ? 'finished' : said;
}

describe('the local drivers in several processes', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let dataDir: string;
  let outcomes: string[];

  before(async () => {
    folder = makeTemporaryFolder();
    dataDir = path.join(folder.path, 'not', 'there', 'yet');
    outcomes = await Promise.all(names.map((name) => runBeside(dataDir, name)));
  });
  after(() => folder.remove());

  it('opens one new folder together and finishes without an error', () => {
    expect(outcomes).to.deep.equal(names.map(() => 'finished'));
  });

  it('loses no increment and no row', async () => {
    const records = await openSqliteRecords({ dataDir });
    expect((await mustGet(records, 'counter')).fields).to.deep.equal({ value: names.length * times });
    const { records: own } = await records.list('p', { from: 'own:', below: 'own;', limit: 1000 });
    expect(own).to.have.length(names.length * times);
    await records.close();
  });

  it('loses no message', async () => {
    const queue = await openSqliteQueue({ dataDir });
    expect(await queue.depth('images')).to.equal(names.length * times);
    await queue.close();
  });

  it('loses no blob to a folder that a neighbour removes', async () => {
    const blobs = await openFileBlobs({ dataDir });
    const { blobs: found } = await blobs.list('shared/', { limit: 5000 });
    const kept = names.flatMap((name) => Array.from({ length: times }, (_, n) => `shared/${n}/kept-${name}`));
    expect(found.map(({ path: blobPath }) => blobPath)).to.deep.equal(kept.toSorted());
    await blobs.close();
  });
});
