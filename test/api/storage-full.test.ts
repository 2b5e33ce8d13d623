// Protects: a platform without room says so, tells when to come back, and charges nothing.
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import type { Context } from '#shared/context.ts';
import { registerAccount } from '#shared/account/register-account.ts';
import { createApp } from '#api/app.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import supertest from 'supertest';

const fullDisk = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
const fullDatabase = () => Object.assign(new Error('database or disk is full'), { errcode: 13 });

describe('a platform whose storage is full', () => {
  let test: TestContext;
  let account: string;
  let key: string;

  beforeEach(async () => {
    test = await openTestContext({ REGISTRATION: 'open' });
    const registration = await registerAccount(test.context);
    account = registration.account;
    key = registration.key.value;
  });
  afterEach(() => test.remove());

  const call = (ports: Partial<Context>) =>
    supertest(createApp({ ...test.context, ...ports, draining: new AbortController().signal }));

  function expectFull(response: supertest.Response): void {
    expect(response.status).to.equal(503);
    expect(response.body).to.include({ code: 'unavailable', retryable: true, fault: 'platform' });
    expect(response.headers['retry-after']).to.match(/^\d+$/);
    expect(JSON.stringify(response.body)).not.to.contain('no space left');
  }

  it('refuses an upload that it cannot store', async () => {
    const { blobs } = test.context;
    const response = await call({ blobs: { ...blobs, write: () => Promise.reject(fullDisk()) } })
      .post('/v1/jobs')
      .auth(key, { type: 'bearer' })
      .field('operation', 'convert-to-pdf')
      .attach('file', Buffer.from('text'), 'a.txt');
    expectFull(response);
    expect((await readBalance(test.context, account)).held).to.equal(0);
  });

  it('refuses a registration that it cannot store', async () => {
    const { records } = test.context;
    const full = { ...records, commit: () => Promise.reject(fullDatabase()) };
    expectFull(await call({ records: full }).post('/v1/register'));
  });
});
