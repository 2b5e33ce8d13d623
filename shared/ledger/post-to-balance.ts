// One transaction on an account's balance together with the rows it pays for: all or nothing, in the
// order of turns. A conflict on the balance row is another process's turn: read again and try again. A
// conflict on any other row is for the caller to understand.
import type { Context } from '#shared/context.ts';
import { AppError } from '#shared/errors.ts';
import type { CommitOutcome, Write } from '#shared/records/record-store.ts';
import { openPeriod } from './balance.ts';
import type { Posting } from './balance.ts';
import { balanceFields, balanceKey, insertEntry, parseBalance } from './balance-record.ts';
import type { Rank } from './turns.ts';

export interface BalanceChange {
  readonly posting: Posting;
  /** Rows of the same account that stand or fall with the posting. */
  readonly writes: readonly Write[];
}

export type LedgerPorts = Pick<Context, 'records' | 'turns' | 'clock' | 'chance' | 'config'>;

const triesMax = 40;
const backoffMsMax = 250;

/**
 * `change` is called with the balance as it stands (its month up to date) and the backend's time, once a try;
 * what it throws ends the matter. Throws `overloaded` after too many conflicts. A rejection by the store
 * means unknown: the caller reads its own rows to find out.
 */
export async function postToBalance(
  ports: LedgerPorts,
  account: string,
  rank: Rank,
  change: (posting: Posting, now: number) => BalanceChange | Promise<BalanceChange>,
): Promise<CommitOutcome> {
  return ports.turns.take(account, rank, async () => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const outcome = await tryOnce(ports, account, change);
      if (outcome.committed || outcome.key !== balanceKey) return outcome;
      await ports.clock.sleep(ports.chance.fraction() * Math.min(backoffMsMax, 2 ** tries));
    }
    throw new AppError('overloaded', {
      detail: 'The account is being changed from too many places at once.',
      retryAfterSeconds: 2,
    });
  });
}

async function tryOnce(
  ports: LedgerPorts,
  account: string,
  change: (posting: Posting, now: number) => BalanceChange | Promise<BalanceChange>,
): Promise<CommitOutcome> {
  const record = await ports.records.get(account, balanceKey);
  if (!record) throw new AppError('internal', { detail: 'The account has no balance.' });
  const now = ports.records.now();
  const opened = openPeriod(parseBalance(record), now, ports.config.monthlyAllowanceCredits);
  const { posting, writes } = await change(opened, now);
  return ports.records.commit(account, [
    { op: 'replace', key: balanceKey, fields: balanceFields(posting.balance), etag: record.etag },
    ...posting.entries.map(insertEntry),
    ...writes,
  ]);
}
