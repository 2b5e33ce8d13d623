// Protects: a key is taken from the Authorization header and nowhere else, and a refusal says why without saying too much.
import { expect } from 'chai';
import { keyKey } from '#shared/account/key.ts';
import { balanceKey } from '#shared/ledger/balance-record.ts';
import type { RecordFields } from '#shared/records/record-store.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';

describe('Authentication', () => {
  let api: TestApi;
  let account: TestAccount;
  let recordsBroken: boolean;

  beforeEach(async () => {
    recordsBroken = false;
    api = await openApi({}, (context) => ({
      ...context,
      records: {
        ...context.records,
        get: (partition, key) =>
          recordsBroken
            ? Promise.reject(new Error('the store is away'))
            : context.records.get(partition, key),
      },
    }));
    account = await api.account();
  });
  afterEach(() => api.remove());

  const changeRow = async (key: string, change: RecordFields) => {
    const { records } = api.context;
    const row = await records.get(account.id, key);
    await records.commit(account.id, [{ op: 'put', key, fields: { ...row?.fields, ...change } }]);
  };

  it('200: a key in the Authorization header, whatever the case of the scheme', async () => {
    await account.request('get', '/v1/account').expect(200);
    await api.request('get', '/v1/account').set('Authorization', `bearer ${account.key}`).expect(200);
  });

  const routes = [
    ['get', '/v1/account'],
    ['get', '/v1/jobs'],
    ['post', '/v1/jobs'],
    ['post', '/v1/run/resize-image'],
    ['get', `/v1/jobs/${'0'.repeat(32)}`],
    ['delete', `/v1/jobs/${'0'.repeat(32)}`],
    ['post', `/v1/jobs/${'0'.repeat(32)}/cancel`],
    ['get', `/v1/jobs/${'0'.repeat(32)}/results/0`],
    ['head', `/v1/jobs/${'0'.repeat(32)}/results/0`],
    ['get', `/v1/jobs/${'0'.repeat(32)}/results.zip`],
  ] as const;
  for (const [method, path] of routes) {
    it(`401: ${method.toUpperCase()} ${path.replace(/0{32}/, '{id}')} without a key`, async () => {
      const { headers } = await api.request(method, path).expect(401);
      expect(headers['www-authenticate']).to.equal('Bearer realm="millrace"');
    });
  }

  it('401: keys that are malformed, unknown, of another secret, mode or account', async () => {
    const other = await api.account();
    const [, , id = '', keyId = '', secret = ''] = account.key.split('_');
    const wrong = [
      'x',
      `${account.key}0`,
      account.key.toUpperCase(),
      `mr_live_${id}_${keyId}_${'0'.repeat(64)}`,
      `mr_test_${id}_${keyId}_${secret}`,
      `mr_live_${other.id}_${keyId}_${secret}`,
      `mr_live_${id}_${'0'.repeat(16)}_${secret}`,
    ];
    for (const key of wrong) {
      const { headers, body } = await api
        .request('get', '/v1/account')
        .auth(key, { type: 'bearer' })
        .expect(401);
      expect(headers['www-authenticate']).to.contain('error="invalid_token"');
      expect(JSON.stringify(body)).to.not.contain(secret);
    }
    for (const header of ['Basic dXNlcjpwYXNz', 'Bearer', `Bearer ${account.key} again`, account.key])
      await api.request('get', '/v1/account').set('Authorization', header).expect(401);
  });

  it('401: a revoked key, within three seconds', async () => {
    await account.request('get', '/v1/account').expect(200);
    await changeRow(keyKey(account.keyId), { revokedAt: api.context.records.now() });
    api.advance(3001);
    await account.request('get', '/v1/account').expect(401);
  });

  it('401: an expired key', async () => {
    await changeRow(keyKey(account.keyId), { expiresAt: api.context.records.now() + 60_000 });
    await account.request('get', '/v1/account').expect(200);
    api.advance(60_001);
    await account.request('get', '/v1/account').expect(401);
  });

  it('403: a key without the scope, saying which', async () => {
    await changeRow(keyKey(account.keyId), { scopes: 'account:read' });
    await account.request('get', '/v1/account').expect(200);
    const { body, headers } = await account.request('get', '/v1/jobs').expect(403);
    expect(body).to.include({ code: 'forbidden', scope: 'jobs:read' });
    expect(headers['www-authenticate']).to.contain('error="insufficient_scope"');
    await account.request('post', '/v1/jobs').expect(403);
  });

  it('403: a suspended account submits nothing, and still reads', async () => {
    await changeRow(balanceKey, { state: 'suspended' });
    const submit = account
      .request('post', '/v1/jobs')
      .field('operation', 'convert-to-pdf')
      .attach('file', Buffer.from('x'), 'x');
    expect((await submit.expect(403)).body.code).to.equal('account_suspended');
    expect((await account.request('get', '/v1/account').expect(200)).body.state).to.equal('suspended');
    await api.expectNothingLeft();
  });

  it('400: a key in the query, with or without one in the header', async () => {
    const path = `/v1/account?access_token=${account.key}`;
    for (const request of [
      api.request('get', path),
      account.request('get', path),
      api.request('get', `/?access_token=1`),
    ]) {
      const { body } = await request.expect(400);
      expect(body.code).to.equal('token_in_url');
      expect(JSON.stringify(body)).to.not.contain(account.key);
    }
  });

  it('503: when the store cannot tell, nobody gets in and nobody is turned away for good', async () => {
    recordsBroken = true;
    const { body } = await account.request('get', '/v1/account').expect(503);
    expect(body).to.include({ code: 'unavailable', retryable: true });
    expect(JSON.stringify(body)).to.not.contain('the store is away');
  });
});
