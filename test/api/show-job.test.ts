// Protects: a job is shown as it is, to its owner only, and a client that waits is woken when it ends.
import { expect } from 'chai';
import { jobError } from '#shared/job/job-error.ts';
import { finishJob, takeJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';
import { until } from '#test/support/until.ts';

describe('GET /v1/jobs/{id}', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
  });
  afterEach(() => api.remove());

  const show = (id: string) => account.request('get', `/v1/jobs/${id}`);

  it('200: a job in progress, and when to ask again', async () => {
    const { id } = await submitOverHttp(account);
    expect((await show(id).expect(200)).body.status).to.equal('queued');
    const job = await takeJob(api.context);
    const { body, headers } = await show(id).expect(200);
    expect(body).to.include({ status: 'running', finishedAt: null });
    expect(body.startedAt).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(headers['retry-after']).to.equal('1');
    await job.succeed();
  });

  it('200: a job that succeeded, with its results and nothing of how it was done', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context);
    const { body, headers } = await show(id).expect(200);
    expect(headers).to.not.have.property('retry-after');
    expect(body).to.include({ status: 'succeeded', progress: 1 });
    expect(body.results).to.have.length(1);
    expect(body.results[0]).to.include({ index: 0, name: 'small.png', url: `/v1/jobs/${id}/results/0` });
    expect(JSON.stringify(body)).to.not.match(/claim|folder|epoch|lane|account/);
  });

  it('200: a job that failed, with an error whose members are all there', async () => {
    const { id } = await submitOverHttp(account);
    await (await takeJob(api.context)).fail(jobError('engine_timeout'));
    const { error } = (await show(id).expect(200)).body;
    expect(error).to.include({
      code: 'engine_timeout',
      fault: 'engine',
      retryable: true,
      step: null,
      input: null,
    });
    expect(error.hint).to.match(/\.$/);
  });

  it('200: waits until the job has ended', async () => {
    const { id } = await submitOverHttp(account);
    const job = await takeJob(api.context);
    const [{ body, headers }] = await Promise.all([
      show(id).set('Prefer', 'wait=20').expect(200),
      job.succeed(),
    ]);
    expect(body.status).to.equal('succeeded');
    expect(headers['preference-applied']).to.equal('wait=20');
  });

  it('200: a wait ends early when the node drains, with the job as it is', async () => {
    const { id } = await submitOverHttp(account);
    const answered = show(id)
      .set('Prefer', 'wait=50')
      .then((answer) => answer);
    const waiting = api.request('get', '/v1/status').expect(200);
    await waiting;
    api.drain();
    const { body, status } = await answered;
    expect(status).to.equal(200);
    expect(body.status).to.equal('queued');
  });

  it('200: a preference that nobody understands is ignored', async () => {
    const { id } = await submitOverHttp(account);
    for (const prefer of [
      'wait=-1',
      'wait=soon',
      'wait',
      'wait=1e3',
      'handling=lenient',
      ',,;=',
      'wait=99999999999999999999',
    ]) {
      const { headers } = await show(id).set('Prefer', prefer).expect(200);
      expect(headers).to.not.have.property('preference-applied');
    }
  });

  it('200: past its time an ended job shows as expired before cleanup has come by', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context);
    api.advance(86_400_001);
    expect((await show(id).expect(200)).body.status).to.equal('expired');
  });

  it('404: no such job, whatever the id looks like', async () => {
    for (const id of ['0'.repeat(32), 'x', '..%2f..%2fetc', '%00', 'balance', 'F'.repeat(32), '0'.repeat(33)])
      expect((await show(id).expect(404)).body.code).to.equal('job_not_found');
  });

  it('404: another account’s job, on every route', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context);
    const other = await api.account();
    for (const [method, path] of [
      ['get', ''],
      ['delete', ''],
      ['post', '/cancel'],
      ['get', '/results/0'],
      ['get', '/results.zip'],
    ] as const) {
      const { body } = await other.request(method, `/v1/jobs/${id}${path}`).expect(404);
      expect(body.code).to.equal('job_not_found');
    }
    expect((await other.request('get', '/v1/jobs').expect(200)).body.items).to.deep.equal([]);
    expect((await show(id).expect(200)).body.status).to.equal('succeeded');
  });

  it('410: a deleted job', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context);
    await account.request('delete', `/v1/jobs/${id}`).expect(204);
    expect((await show(id).expect(410)).body.code).to.equal('job_deleted');
  });

  it('410: a job that is deleted while a client waits', async () => {
    const { id } = await submitOverHttp(account);
    const answered = show(id)
      .set('Prefer', 'wait=50')
      .then((answer) => answer);
    await account.request('post', `/v1/jobs/${id}/cancel`).expect(200);
    await account.request('delete', `/v1/jobs/${id}`).expect(204);
    // Whichever of the two the waiting client came to see first.
    expect((await answered).status).to.be.oneOf([200, 410]);
    await until('it shows as deleted', async () => (await show(id)).status === 410);
  });
});
