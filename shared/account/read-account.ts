// An account as its owner sees it: state, plan and balance. The month is brought up to date for the eye only; the row
// moves with the next transaction.
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import { openPeriod } from '#shared/ledger/balance.ts';
import type { Balance } from '#shared/ledger/balance.ts';
import { balanceKey, parseBalance } from '#shared/ledger/balance-record.ts';

export interface Account {
  readonly id: string;
  readonly plan: string;
  readonly createdAt: number;
  readonly balance: Balance;
}

/** Throws `internal` when the account's rows are not there. */
export async function readAccount(context: Context, id: string): Promise<Account> {
  const [row, balance] = await Promise.all([context.records.get(id, 'account'), readBalance(context, id)]);
  if (!row) throw new AppError('internal', { detail: 'The account has no record.' });
  return { id, plan: String(row.fields['plan']), createdAt: Number(row.fields['createdAt']), balance };
}

/** Throws `internal` when there is none. */
export async function readBalance({ records, config }: Context, account: string): Promise<Balance> {
  const record = await records.get(account, balanceKey);
  if (!record) throw new AppError('internal', { detail: 'The account has no balance.' });
  return openPeriod(parseBalance(record), records.now(), config.monthlyAllowanceCredits).balance;
}
