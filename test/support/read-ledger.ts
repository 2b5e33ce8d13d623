// The books of an account, for tests that hold the ledger's invariants against them.
import { expect } from 'chai';
import type { Context } from '#shared/context.ts';
import { readBalance } from '#shared/account/read-account.ts';
import type { LedgerEntry } from '#shared/ledger/balance.ts';
import { parseEntry } from '#shared/ledger/balance-record.ts';
import { listMax } from '#shared/records/record-store.ts';

export async function readLedger({ records }: Context, account: string): Promise<LedgerEntry[]> {
  const page = await records.list(account, { from: 'ledger:', below: 'ledger:~', limit: listMax });
  return page.records.map(parseEntry);
}

/** The balance is the sum of its entries, nothing is negative, and `seq` has no gap. */
export async function expectBooksToAddUp(context: Context, account: string): Promise<void> {
  const entries = await readLedger(context, account);
  const balance = await readBalance(context, account);
  for (const part of ['allowance', 'purchased', 'held'] as const) {
    expect(
      entries.reduce((sum, entry) => sum + entry[part], 0),
      part,
    ).to.equal(balance[part]);
    expect(balance[part], part).to.be.at.least(0);
  }
  expect(entries.map(({ seq }) => seq)).to.deep.equal(entries.map((_, index) => index + 1));
  expect(balance.seq).to.equal(entries.length);
}
