// Protects: an account sees its own credits, jobs and limits as they are now.
import { expect } from 'chai';
import { finishJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';

describe('GET /v1/account', () => {
  let api: TestApi;
  afterEach(() => api.remove());

  it('200: balance, jobs and limits, before, during and after a job', async () => {
    api = await openApi({ MONTHLY_ALLOWANCE_CREDITS: '10', FILE_BYTES_MAX: '1000' });
    const account = await api.account();
    const show = async () => (await account.request('get', '/v1/account').expect(200)).body;

    const before = await show();
    expect(before).to.deep.include({
      id: account.id,
      plan: 'default',
      state: 'active',
      jobs: { active: 0, waiting: 0 },
    });
    expect(before.credits).to.include({
      available: 10,
      allowance: 10,
      purchased: 0,
      held: 0,
      monthlyAllowance: 10,
    });
    expect(before.credits.period).to.match(/^\d{4}-\d\d$/);
    expect(before.limits).to.include({ fileBytesMax: 1000, inputsMax: 50, jobTtlSeconds: 86_400 });

    await submitOverHttp(account);
    const during = await show();
    expect(during.credits).to.include({ available: 9, held: 1 });
    expect(during.jobs).to.deep.equal({ active: 1, waiting: 0 });

    await finishJob(api.context);
    const after = await show();
    expect(after.credits).to.include({ available: 9, held: 0 });
    expect(after.jobs).to.deep.equal({ active: 0, waiting: 0 });
  });

  it('200: a new month brings the allowance back, to look at and to use', async () => {
    api = await openApi({ MONTHLY_ALLOWANCE_CREDITS: '1' });
    const account = await api.account();
    await submitOverHttp(account);
    api.advance(32 * 24 * 3600 * 1000);
    const { body } = await account.request('get', '/v1/account').expect(200);
    expect(body.credits).to.include({ available: 1, allowance: 1 });
    await submitOverHttp(account);
  });
});
