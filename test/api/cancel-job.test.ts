// Protects: a cancel ends a job once, at no charge, whatever the job is doing, and only for its owner.
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import { finishJob, takeJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';

describe('POST /v1/jobs/{id}/cancel', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
  });
  afterEach(() => api.remove());

  const cancel = (id: string) => account.request('post', `/v1/jobs/${id}/cancel`);

  it('200: a queued job, and what was held comes back', async () => {
    const { id } = await submitOverHttp(account);
    const { body } = await cancel(id).expect(200);
    expect(body).to.include({ status: 'canceled' });
    expect(body.credits).to.deep.equal({ held: 0, charged: 0 });
    expect((await readBalance(api.context, account.id)).held).to.equal(0);
  });

  it('200: a running job; its worker’s result comes too late', async () => {
    const { id } = await submitOverHttp(account);
    const job = await takeJob(api.context);
    await cancel(id).expect(200);
    await job.succeed();
    const { body } = await account.request('get', `/v1/jobs/${id}`).expect(200);
    expect(body).to.include({ status: 'canceled' });
    expect(body.results).to.deep.equal([]);
  });

  it('200: canceling twice is one cancel', async () => {
    const { id } = await submitOverHttp(account);
    const first = await cancel(id).expect(200);
    expect((await cancel(id).expect(200)).body).to.deep.equal(first.body);
  });

  it('409: a job that has ended', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context);
    expect((await cancel(id).expect(409)).body.code).to.equal('job_finished');
  });

  it('404: no such job', () => cancel('0'.repeat(32)).expect(404));
});
