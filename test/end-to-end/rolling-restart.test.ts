// Protects deploys: api nodes and workers are stopped in order (SIGTERM) and started again, one after another, under
// load, and no client notices. Nothing is repeated by the client, and the submits carry no Idempotency-Key.
import { openAsBlob } from 'node:fs';
import { expect } from 'chai';
import { register, type JobView } from '#scripts/demo/client.ts';
import { expectNoMessages, expectSettled } from '#test/support/expect-settled.ts';
import { openPlatform, type TestPlatform } from '#test/support/open-platform.ts';
import { photo, ResoluteClient } from '#test/support/resolute-client.ts';
import { until } from '#test/support/until.ts';

describe('a rolling restart', function () {
  this.timeout(240_000);
  let opened: TestPlatform;
  afterEach(async () => await opened.remove());

  it('fails no request and no job', async () => {
    opened = await openPlatform({ env: { READY_FALL_SECONDS: '3' } });
    const account = await register(opened.url);
    const client = new ResoluteClient(opened.url, account);
    const file = await openAsBlob(photo.file);
    const answers: number[] = [];
    const accepted: string[] = [];
    let over = false;

    const submitAndWait = async () => {
      const form = new FormData();
      form.set('operation', photo.operation);
      form.set('params', JSON.stringify(photo.params));
      form.set('file', file, 'photo.png');
      const answer = await client.ask('/v1/jobs', { method: 'POST', body: form });
      answers.push(answer.status);
      const { id } = (await answer.json()) as JobView;
      accepted.push(id);
      const polled = await client.ask(`/v1/jobs/${id}`, { headers: { Prefer: 'wait=5' } });
      answers.push(polled.status);
      await polled.body?.cancel();
    };
    const load = Array.from({ length: 4 }, async () => {
      while (!over) await submitAndWait();
    });
    const answersSoFar = () => answers.length;
    const failed = Promise.all(load);
    try {
      for (const name of [...opened.platform.apis, ...opened.platform.workers]) {
        const before = answersSoFar();
        await Promise.race([opened.restart(name), failed]);
        await until(`requests went on around the restart of ${name}`, () => answersSoFar() > before + 4);
      }
    } finally {
      over = true;
    }
    await failed;
    expect(new Set(answers.filter((status) => status !== 200 && status !== 202))).to.deep.equal(new Set());
    for (const id of accepted) expect((await client.waitFor(id)).status).to.equal('succeeded');
    await opened.stop();
    await expectNoMessages(opened.dataDir);
    const jobs = await expectSettled(opened.dataDir, account.account);
    expect(jobs.map(({ id }) => id).toSorted()).to.deep.equal(accepted.toSorted());
    expect(
      jobs.filter(({ attempts, lostClaims }) => attempts + lostClaims > 0),
      'a deploy costs no attempt',
    ).to.deep.equal([]);
  });
});
