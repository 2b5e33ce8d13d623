// What the local drivers acknowledged survives SIGKILL at any moment, and what they did not acknowledge is there
// wholly or not at all. (A power cut would need another machine; a kill proves that nothing waits in the process.)
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { openFileBlobs } from '#shared/blobs/file-blobs.ts';
import { receiveMax } from '#shared/queue/job-queue.ts';
import { openSqliteQueue } from '#shared/queue/sqlite-queue.ts';
import { openSqliteRecords } from '#shared/records/sqlite-records.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { blobContent } from './durable-blob.ts';

const script = path.join(import.meta.dirname, 'write-until-killed.ts');
const rounds = 6;

type Acknowledged = Record<'message' | 'acknowledged' | 'record' | 'blob', Set<string>>;

/** Lets the writer acknowledge so many writes, kills it in the middle of more, and adds what it said until then. */
async function writeAndKill(dataDir: string, round: number, into: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [script, dataDir, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, name] = line.split(' ');
    if (what === undefined || name === undefined || !(what in into))
      throw new Error(`the writer said "${line}"`);
    into[what as keyof Acknowledged].add(name);
    lines += 1;
    // Another number each round, so that the kill falls on other steps.
    if (lines === 100 + 37 * round) child.kill('SIGKILL');
  }
  expect((await exited)[1], 'how the writer ended').to.equal('SIGKILL');
}

describe('the local drivers, killed while they write', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let dataDir: string;
  const acknowledged: Acknowledged = {
    message: new Set(),
    acknowledged: new Set(),
    record: new Set(),
    blob: new Set(),
  };

  before(async () => {
    folder = makeTemporaryFolder();
    dataDir = folder.path;
    for (let round = 0; round < rounds; round += 1) await writeAndKill(dataDir, round, acknowledged);
  });
  after(() => folder.remove());

  it('acknowledged something of every kind', () => {
    for (const names of Object.values(acknowledged)) expect(names.size).to.be.above(rounds);
  });

  it('keep every message that was sent, and none that was acknowledged', async () => {
    const queue = await openSqliteQueue({ dataDir });
    const bodies = new Set<string>();
    for (;;) {
      const some = await queue.receive('images', { max: receiveMax, visibilityMs: 3600_000, waitMs: 0 });
      if (some.length === 0) break;
      for (const { body } of some) {
        expect(bodies.has(body), `${body} came twice`).to.equal(false);
        bodies.add(body);
      }
    }
    await queue.close();
    expect([...acknowledged.message].filter((name) => !bodies.has(name))).to.deep.equal([]);
    expect([...acknowledged.acknowledged].filter((name) => bodies.has(name))).to.deep.equal([]);
  });

  it('keep every transaction that was committed, and no half of one', async () => {
    const records = await openSqliteRecords({ dataDir });
    const names = async (side: string): Promise<string[]> => {
      const found: string[] = [];
      let from: string | undefined = `${side}:`;
      while (from !== undefined) {
        const page = await records.list('p', { from, below: `${side};`, limit: 1000 });
        found.push(...page.records.map(({ fields }) => String(fields['name'])));
        expect(page.next === undefined || page.next > from, 'pages go forward').to.equal(true);
        from = page.next;
      }
      return found;
    };
    const [left, right] = [await names('left'), await names('right')];
    await records.close();
    expect(left).to.deep.equal(right);
    expect([...acknowledged.record].filter((name) => !left.includes(name))).to.deep.equal([]);
  });

  it('keep every blob that was written, and no part of one', async () => {
    const blobs = await openFileBlobs({ dataDir });
    const { blobs: found, next } = await blobs.list('', { limit: 5000 });
    expect(next).to.equal(undefined);
    const names = new Set<string>();
    for (const { path: blobPath } of found) {
      const name = blobPath.split('/')[1] ?? '';
      const content = await blobs.read(blobPath);
      if (content === undefined) throw new Error(`${blobPath} was listed and is not there`);
      expect((await buffer(content.stream)).equals(blobContent(name)), `${blobPath} is whole`).to.equal(true);
      names.add(name);
    }
    await blobs.close();
    expect([...acknowledged.blob].filter((name) => !names.has(name))).to.deep.equal([]);
  });

  for (const file of ['queue.sqlite', 'records.sqlite'])
    it(`leave ${file} in order`, () => {
      const database = new DatabaseSync(path.join(dataDir, file));
      const verdict = database.prepare('PRAGMA integrity_check').get();
      database.close();
      expect(verdict).to.deep.include({ integrity_check: 'ok' });
    });
});
