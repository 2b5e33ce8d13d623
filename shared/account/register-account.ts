// A new account with its first key, in one transaction. With an Idempotency-Key the account is derived from it and a
// secret that only the platform has: a repeated request, on any node, makes the same account and shows the same key, for a
// day. Nothing that could show the key again is stored.
import { createHmac } from 'node:crypto';
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { openBalance } from '#shared/ledger/balance.ts';
import { balanceFields, balanceKey, insertEntry } from '#shared/ledger/balance-record.ts';
import { accountScopes, createKey, formatKey, keyFields, keyKey } from './key.ts';
import type { KeyParts } from './key.ts';

const directory = 'accounts';
const system = 'system';
const secretKey = 'secret:registration';
const repeatMs = 24 * 3600 * 1000;

export interface Registration {
  readonly account: string;
  readonly key: { readonly id: string; readonly value: string; readonly scopes: readonly string[] };
}

/** Throws `idempotency_mismatch` when the Idempotency-Key was used more than a day ago. */
export async function registerAccount(context: Context, idempotencyKey?: string): Promise<Registration> {
  const key = idempotencyKey === undefined ? freshKey(context) : await derivedKey(context, idempotencyKey);
  const now = context.records.now();
  const { balance, entries } = openBalance(now, context.config.monthlyAllowanceCredits);
  // The directory first: a row there without an account is harmless, an account that no operator sees is not.
  await context.records.commit(directory, [{ op: 'put', key: key.account, fields: { createdAt: now } }]);
  const outcome = await context.records.commit(key.account, [
    { op: 'insert', key: 'account', fields: { plan: 'default', state: 'active', createdAt: now } },
    { op: 'insert', key: balanceKey, fields: balanceFields(balance) },
    { op: 'insert', key: keyKey(key.id), fields: keyFields(key, accountScopes, now) },
    ...entries.map(insertEntry),
  ]);
  if (!outcome.committed) await assertRecent(context, key.account, now);
  return { account: key.account, key: { id: key.id, value: formatKey(key), scopes: accountScopes } };
}

function freshKey({ chance }: Context): KeyParts {
  return createKey(chance.hex(32), 'live', chance);
}

async function derivedKey(context: Context, idempotencyKey: string): Promise<KeyParts> {
  const secret = await registrationSecret(context);
  const derive = (what: string, digits: number) =>
    createHmac('sha256', secret).update(`${what}\n${idempotencyKey}`).digest('hex').slice(0, digits);
  return {
    mode: 'live',
    account: derive('account', 32),
    id: derive('key', 16),
    secret: derive('secret', 64),
  };
}

/** Made once for the whole deployment; whoever comes second reads what the first wrote. */
async function registrationSecret({ records, chance }: Context): Promise<string> {
  const found = await records.get(system, secretKey);
  if (found) return String(found.fields['value']);
  await records.commit(system, [{ op: 'insert', key: secretKey, fields: { value: chance.hex(64) } }]);
  const made = await records.get(system, secretKey);
  return String(made?.fields['value']);
}

async function assertRecent({ records }: Context, account: string, now: number): Promise<void> {
  const row = await records.get(account, 'account');
  if (row && now - Number(row.fields['createdAt']) < repeatMs) return;
  throw new AppError('idempotency_mismatch', {
    detail: 'This Idempotency-Key registered an account more than a day ago; its key is not shown again.',
    hint: 'Use a new Idempotency-Key for a new account.',
  });
}
