// Protects: who gets in. Only a whole, stored, live key does; nothing stored shows a key; a repeated registration is one.
import { expect } from 'chai';
import { createCheckKey } from '#shared/account/check-key.ts';
import { keyKey, parseKey } from '#shared/account/key.ts';
import { registerAccount } from '#shared/account/register-account.ts';
import type { Context } from '#shared/context.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { expectBooksToAddUp } from '#test/support/read-ledger.ts';

describe('keys', () => {
  let test: TestContext;
  let context: Context;

  beforeEach(async () => {
    test = await openTestContext();
    ({ context } = test);
  });
  afterEach(() => test.remove());

  async function change(account: string, id: string, fields: Record<string, number>): Promise<void> {
    const row = await context.records.get(account, keyKey(id));
    await context.records.commit(account, [
      { op: 'put', key: keyKey(id), fields: { ...row?.fields, ...fields } },
    ]);
  }

  it('of a new account name it and its scopes', async () => {
    const { account, key } = await registerAccount(context);
    const caller = await createCheckKey(context)(key.value);
    expect(caller).to.include({ account, key: key.id, mode: 'live' });
    expect(caller?.scopes).to.include('jobs:write').and.not.include('admin');
    await expectBooksToAddUp(context, account);
  });

  it('with anything changed are refused', async () => {
    const { key } = await registerAccount(context);
    const check = createCheckKey(context);
    const last = key.value.at(-1) === '0' ? '1' : '0';
    const wrong = [
      `${key.value.slice(0, -1)}${last}`,
      key.value.replace('live', 'test'),
      key.value.toUpperCase(),
      `${key.value}0`,
      key.value.slice(0, -1),
      ` ${key.value}`,
      '',
      'mr_live___',
    ];
    for (const value of wrong) expect(await check(value), value).to.equal(undefined);
  });

  it('are not stored in a form that can be used', async () => {
    const { account, key } = await registerAccount(context);
    const rows = await context.records.list(account, { limit: 100 });
    expect(JSON.stringify(rows)).not.to.contain(parseKey(key.value)?.secret);
  });

  it('stop working within three seconds of being revoked, and when they expire', async () => {
    const { account, key } = await registerAccount(context);
    const check = createCheckKey(context);
    expect(await check(key.value)).not.to.equal(undefined);
    await change(account, key.id, { revokedAt: 1 });
    test.advance(3001);
    expect(await check(key.value)).to.equal(undefined);
    await change(account, key.id, { revokedAt: 0, expiresAt: context.records.now() + 1000 });
    expect(await createCheckKey(context)(key.value)).not.to.equal(undefined);
    test.advance(1001);
    expect(await createCheckKey(context)(key.value)).to.equal(undefined);
  });

  it('are never taken for good when the store cannot be read', async () => {
    const { key } = await registerAccount(context);
    const check = createCheckKey({
      records: { ...context.records, get: () => Promise.reject(new Error('the store is away')) },
    });
    const outcome = await check(key.value).then(
      () => 'answered',
      () => 'rejected',
    );
    expect(outcome).to.equal('rejected');
  });

  it('registered twice under one Idempotency-Key are one key of one account, for a day', async () => {
    const [first, second] = await Promise.all([registerAccount(context, 'k'), registerAccount(context, 'k')]);
    expect(second).to.deep.equal(first);
    expect((await registerAccount(context, 'other')).account).not.to.equal(first.account);
    await expectBooksToAddUp(context, first.account);
    test.advance(24 * 3600 * 1000 + 1);
    const late = await registerAccount(context, 'k').then(
      () => 'answered',
      (error) => error.code,
    );
    expect(late).to.equal('idempotency_mismatch');
  });
});
