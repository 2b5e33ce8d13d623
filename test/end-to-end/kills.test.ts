// Protects the promise that any process may be killed at any instruction: every job still ends, with its result,
// charged once. The kills are real ones, at moments that are waited for.
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { register } from '#scripts/demo/client.ts';
import { readNodeStates } from '#scripts/platform/haproxy-runtime.ts';
import { expectNoMessages, expectSettled } from '#test/support/expect-settled.ts';
import { openPlatform, tireless, type TestPlatform } from '#test/support/open-platform.ts';
import { letter, photo, ResoluteClient, type Work } from '#test/support/resolute-client.ts';
import { until } from '#test/support/until.ts';

describe('kill -9', function () {
  this.timeout(240_000);
  let opened: TestPlatform;
  afterEach(async () => await opened.remove());

  // Seconds of work for LibreOffice, in a file that is quick to send.
  const writeLongText = (): Work => {
    const file = path.join(opened.dataDir, 'long.txt');
    const lines = Array.from(
      { length: 30_000 },
      (_, index) => `${index}: the wheel turns while the water runs.`,
    );
    fs.writeFileSync(file, lines.join('\n'));
    return { file, operation: 'convert-to-pdf' };
  };

  const workerWith = (job: string) =>
    opened.platform.workers.find((name) => {
      const log = fs.readFileSync(opened.platform.supervisor.logOf(name), 'utf8');
      return log.split('\n').some((line) => line.includes(job) && line.includes('job claimed'));
    });

  it('of a worker in mid-conversion and of the api node that a client waits at costs neither job nor money', async () => {
    opened = await openPlatform({ restart: tireless });
    const { supervisor, adminSocket } = opened.platform;
    const account = await register(opened.url);
    const client = new ResoluteClient(opened.url, account);
    const long = await client.submit(writeLongText());
    const others = await Promise.all([letter, photo, letter, photo].map((work) => client.submit(work)));

    const waiting = client.waitFor(long.id);
    const worker = await until('a worker has the long job', () => workerWith(long.id));
    await supervisor.signal(worker, 'SIGKILL');
    const node = await until('the client waits at an api node', async () =>
      (await readNodeStates(adminSocket)).find(({ requests }) => requests > 0),
    );
    await supervisor.signal(node.name, 'SIGKILL');

    const jobs = [await waiting, ...(await Promise.all(others.map(({ id }) => client.waitFor(id))))];
    for (const job of jobs) {
      expect(job.status).to.equal('succeeded');
      for (const result of job.results) await client.download(result);
    }
    await opened.stop();
    await expectNoMessages(opened.dataDir);
    const settled = await expectSettled(opened.dataDir, account.account);
    expect(settled).to.have.length(5);
    const killed = settled.find(({ id }) => id === long.id);
    expect(killed?.lostClaims, 'the kill came in mid-conversion').to.be.at.least(1);
    expect(killed?.attempts, 'a kill spends no attempt').to.equal(0);
  });

  it('of everything at once loses nothing that was accepted', async () => {
    opened = await openPlatform({ workers: 1 });
    const account = await register(opened.url);
    const client = new ResoluteClient(opened.url, account);
    const works = Array.from({ length: 24 }, (_, index) => (index % 6 === 0 ? letter : photo));
    const acknowledged = new Map<number, string>();
    const submits = works.map((work, index) =>
      client.submit(work, `job-${index}`).then(({ id }) => {
        // After the start this is a repetition: it must name the job that the first answer named.
        if (acknowledged.has(index)) expect(id).to.equal(acknowledged.get(index));
        acknowledged.set(index, id);
      }),
    );
    await until('some are accepted, not all', () => acknowledged.size >= 8);
    await opened.crash();
    const before = new Map(acknowledged);
    await opened.startAgain();
    await Promise.all(submits);
    for (const [index, id] of before)
      expect((await client.submit(works[index] ?? photo, `job-${index}`)).id, `job ${index}`).to.equal(id);

    for (const id of acknowledged.values()) expect((await client.waitFor(id)).status).to.equal('succeeded');
    await opened.stop();
    expect(await expectSettled(opened.dataDir, account.account)).to.have.length(works.length);
  });
});
