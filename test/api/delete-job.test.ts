// Protects: what is deleted is gone for good, and only what has ended can be deleted.
import { expect } from 'chai';
import { finishJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';

describe('DELETE /v1/jobs/{id}', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
  });
  afterEach(() => api.remove());

  const remove = (id: string) => account.request('delete', `/v1/jobs/${id}`);

  it('204: erases inputs and results, and may be repeated', async () => {
    const { id } = await submitOverHttp(account);
    await finishJob(api.context);
    await remove(id).expect(204);
    expect(await api.blobPaths()).to.have.length(1);
    expect((await api.blobPaths())[0]).to.match(/\/request\.json$/);
    await remove(id).expect(204);
    await account.request('get', `/v1/jobs/${id}/results/0`).expect(410);
  });

  it('409: a job in progress', async () => {
    const { id } = await submitOverHttp(account);
    const { body, headers } = await remove(id).expect(409);
    expect(body.code).to.equal('job_not_finished');
    expect(headers['retry-after']).to.equal('1');
  });

  it('404: no such job', () => remove('0'.repeat(32)).expect(404));
});
