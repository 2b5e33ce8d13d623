// Protects: who may register, and that a repeated registration is one account with one key.
import { expect } from 'chai';
import { openApi } from '#test/support/open-api.ts';
import type { TestApi } from '#test/support/open-api.ts';
import type { Environment } from '#shared/config.ts';

describe('POST /v1/register', () => {
  let api: TestApi;
  const open = async (environment: Environment = {}) => {
    api = await openApi(environment);
  };
  const register = () => api.request('post', '/v1/register');
  afterEach(() => api.remove());

  it('201: a new account and a key that works', async () => {
    await open();
    const { body } = await register().expect(201);
    expect(body.key.value).to.match(new RegExp(`^mr_live_${body.account}_${body.key.id}_[0-9a-f]{64}$`));
    expect(body.key.scopes).to.include('jobs:write');
    const account = await api
      .request('get', '/v1/account')
      .auth(body.key.value, { type: 'bearer' })
      .expect(200);
    expect(account.body.id).to.equal(body.account);
    expect((await register().send({}).expect(201)).body.account).to.not.equal(body.account);
  });

  it('201: the same Idempotency-Key is the same account, even at once', async () => {
    await open();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        register().set('Idempotency-Key', 'a-fresh-uuid-0123456789').expect(201),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.key.value)).size).to.equal(1);
    const other = await register().set('Idempotency-Key', 'another-uuid-0123456789').expect(201);
    expect(other.body.account).to.not.equal(answers[0]?.body.account);
  });

  it('422: a day later the key is not shown again', async () => {
    await open();
    await register().set('Idempotency-Key', 'a-fresh-uuid-0123456789').expect(201);
    api.advance(24 * 3600 * 1000 + 1);
    const { body } = await register().set('Idempotency-Key', 'a-fresh-uuid-0123456789').expect(422);
    expect(body.code).to.equal('idempotency_mismatch');
  });

  it('403: closed, saying whom to ask', async () => {
    await open({ REGISTRATION: 'closed' });
    const { body } = await register().expect(403);
    expect(body).to.include({
      code: 'registration_closed',
      hint: 'Ask the operator of this service for an account.',
    });
  });

  it('by invite: 403 without a valid one, 201 with it', async () => {
    await open({
      REGISTRATION: 'invite',
      INVITE_TOKENS: 'first-invite-0123456789, second-invite-0123456789',
    });
    expect((await register().expect(403)).body.hint).to.contain('"invite"');
    await register().send({ invite: 'first-invite-012345678' }).expect(403);
    await register().send({ invite: '' }).expect(403);
    await register().send({ invite: 'first-invite-0123456789' }).expect(201);
    await register().send({ invite: 'second-invite-0123456789' }).expect(201);
  });

  it('by invite: two holders who chose the same Idempotency-Key get two accounts', async () => {
    await open({ REGISTRATION: 'invite', INVITE_TOKENS: 'first-invite-0123456789,second-invite-0123456789' });
    const by = (invite: string) =>
      register().set('Idempotency-Key', 'the-same-for-both').send({ invite }).expect(201);
    const first = await by('first-invite-0123456789');
    const second = await by('second-invite-0123456789');
    expect(first.body.account).to.not.equal(second.body.account);
  });

  it('400: a body that is not what it should be', async () => {
    await open();
    for (const body of ['{', '[]', '"text"', '{"invite":1}', '{"email":"a@example.com"}', '['.repeat(10_000)])
      expect((await register().type('json').send(body).expect(400)).body.code).to.equal('bad_request');
    expect((await register().send({ access_token: 'x' }).expect(400)).body.code).to.equal('token_in_url');
    await register().set('Idempotency-Key', 'with a space').expect(400);
    await register().set('Idempotency-Key', 'x'.repeat(256)).expect(400);
    // Whoever comes upon it would be shown the key.
    await register().set('Idempotency-Key', '6f1c0e1e').expect(400);
  });

  it('413 and 415: a body that is too long, or no JSON', async () => {
    await open();
    await register()
      .send({ invite: 'x'.repeat(20_000) })
      .expect(413);
    await register().type('text').send('hello').expect(415);
    await register().type('form').send('invite=x').expect(415);
    await register().type('json').set('Content-Encoding', 'gzip').send('{}').expect(415);
  });
});
