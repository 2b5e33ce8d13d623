// One line and one observation for each request, of which no client can make a new series, and none of which tells a secret.
import { once } from 'node:events';
import http from 'node:http';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import pino from 'pino';
import { finishJob, madePng } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';
import { until } from '#test/support/until.ts';

describe('The request log', () => {
  let api: TestApi;
  let account: TestAccount;
  let text: string;

  beforeEach(async () => {
    text = '';
    const sink = new PassThrough().on('data', (chunk: Buffer) => (text += chunk.toString()));
    api = await openApi({}, (context) => ({ ...context, log: pino({ level: 'info' }, sink) }));
    account = await api.account();
  });
  afterEach(() => api.remove());

  const lines = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const line = (requestId: string) =>
    until('the line is written', () => lines().find((found) => found['requestId'] === requestId));

  it('says who asked what, how it ended and how much it was, by the route and not by the address', async () => {
    await account
      .request('post', '/v1/jobs')
      .set('X-Request-Id', 'the-request')
      .field('operation', 'resize-image')
      .field('params', '{"width":10,"background":"#abcdef"}')
      .attach('file', Buffer.from('private content'), 'private-name.png')
      .expect(202);
    const found = await line('the-request');
    expect(found).to.include({
      method: 'POST',
      route: '/v1/jobs',
      status: 202,
      account: account.id,
      key: account.keyId,
    });
    expect(found['bytesIn']).to.be.greaterThan(200);
    expect(found['bytesOut']).to.be.greaterThan(200);
    const [, , , , secret] = account.key.split('_');
    for (const never of ['private', 'abcdef', String(secret)]) expect(text).to.not.contain(never);
  });

  it('names routes by their pattern, and what matched none by one name', async () => {
    await account
      .request('get', `/v1/jobs/${'0'.repeat(32)}`)
      .set('X-Request-Id', 'one')
      .expect(404);
    await api.request('get', '/some/scanner.php?password=hunter2').set('X-Request-Id', 'two').expect(404);
    expect((await line('one'))['route']).to.equal('/v1/jobs/:id');
    expect((await line('two'))['route']).to.equal('unmatched');
    expect(text).to.not.contain('hunter2');
    expect(text).to.not.contain('scanner');
    const metrics = await api.context.metrics.registry.metrics();
    expect(metrics).to.contain('route="/v1/jobs/:id",status="404"');
    expect(metrics).to.not.contain('scanner');
  });

  it('a client that breaks off its download is no error of ours', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context, { ...madePng, content: Buffer.alloc(20 * 1024 * 1024) });
    const request = http.get(`${api.url}/v1/jobs/${id}/results/0`, {
      headers: { Authorization: `Bearer ${account.key}`, 'X-Request-Id': 'broken-off' },
      agent: false,
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response, 'data');
    request.destroy();
    expect((await line('broken-off'))['status']).to.equal(499);
    expect(text).to.not.contain('a request failed');
  });

  it('tells of a client that went away before its answer', async () => {
    const waiting = account.request('post', '/v1/jobs').set('X-Request-Id', 'left').set('Prefer', 'wait=50');
    void waiting.field('operation', 'convert-to-pdf').attach('file', Buffer.from('x'), 'x.txt');
    waiting.end(() => undefined);
    await until('the job is queued', async () => (await api.context.queue.depth('documents')) === 1);
    waiting.abort();
    expect((await line('left'))['status']).to.equal(499);
  });
});
