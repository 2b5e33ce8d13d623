// The arithmetic of credits: whole numbers, pure functions, no storage. A posting is a balance on its way to
// the record together with the entries that explain every difference.
//
// Invariants: the balance equals the sum of its entries in each of its three parts, no part is ever below
// zero, and `seq` rises by one with each entry.
import { AppError } from '#shared/errors.ts';
import type { Hold } from '#shared/job/job.ts';

export type AccountState = 'active' | 'suspended' | 'closing';

export interface Balance {
  /** The month, in UTC, whose allowance this is: `2026-11`. */
  readonly period: string;
  readonly allowance: number;
  readonly purchased: number;
  /** Set aside for jobs that have not ended. */
  readonly held: number;
  /** Of the last entry. */
  readonly seq: number;
  readonly jobsActive: number;
  readonly jobsWaiting: number;
  /** Here so that a suspension fences submits in flight. */
  readonly state: AccountState;
}

export type EntryKind = 'allowance' | 'expiry' | 'topup' | 'adjustment' | 'hold' | 'capture' | 'release';

export interface LedgerEntry {
  readonly seq: number;
  readonly kind: EntryKind;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What the entry adds to each part of the balance; may be negative. */
  readonly allowance: number;
  readonly purchased: number;
  readonly held: number;
  readonly job?: string;
}

export interface Posting {
  readonly balance: Balance;
  readonly entries: readonly LedgerEntry[];
}

type Amounts = Partial<Pick<LedgerEntry, 'allowance' | 'purchased' | 'held' | 'job'>>;

function post(posting: Posting, kind: EntryKind, at: number, amounts: Amounts): Posting {
  const { balance } = posting;
  const entry: LedgerEntry = {
    seq: balance.seq + 1,
    kind,
    at,
    allowance: 0,
    purchased: 0,
    held: 0,
    ...amounts,
  };
  return {
    balance: {
      ...balance,
      seq: entry.seq,
      allowance: balance.allowance + entry.allowance,
      purchased: balance.purchased + entry.purchased,
      held: balance.held + entry.held,
    },
    entries: [...posting.entries, entry],
  };
}

/** The month of an instant, in UTC. */
export function periodOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** The balance of a new account, with its first allowance. */
export function openBalance(at: number, monthlyAllowance: number): Posting {
  const empty: Balance = {
    period: periodOf(at),
    allowance: 0,
    purchased: 0,
    held: 0,
    seq: 0,
    jobsActive: 0,
    jobsWaiting: 0,
    state: 'active',
  };
  return post({ balance: empty, entries: [] }, 'allowance', at, { allowance: monthlyAllowance });
}

/** Moves to the month of `at`, forward only: what is left of the old allowance lapses, the new one comes. */
export function openPeriod(balance: Balance, at: number, monthlyAllowance: number): Posting {
  const period = periodOf(at);
  let posting: Posting = { balance, entries: [] };
  if (period <= balance.period) return posting;
  if (balance.allowance > 0) posting = post(posting, 'expiry', at, { allowance: -balance.allowance });
  posting = post(posting, 'allowance', at, { allowance: monthlyAllowance });
  return { ...posting, balance: { ...posting.balance, period } };
}

/** Sets credits aside, allowance first. Throws `insufficient_credits`, or `account_suspended`. */
export function hold(
  posting: Posting,
  credits: number,
  job: string,
  at: number,
): { posting: Posting; hold: Hold } {
  const { balance } = posting;
  if (balance.state !== 'active')
    throw new AppError('account_suspended', {
      detail: `The account is ${balance.state} and takes no new jobs.`,
    });
  assertCovered(balance, credits);
  const fromAllowance = Math.min(credits, balance.allowance);
  const fromPurchased = credits - fromAllowance;
  const held = post(posting, 'hold', at, {
    allowance: -fromAllowance,
    purchased: -fromPurchased,
    held: credits,
    job,
  });
  return {
    posting: { ...held, balance: { ...held.balance, jobsActive: balance.jobsActive + 1 } },
    hold: { credits, fromAllowance, fromPurchased, period: balance.period },
  };
}

/** Throws `insufficient_credits`, saying what is needed and what there is. */
export function assertCovered(balance: Balance, credits: number): void {
  const available = balance.allowance + balance.purchased;
  if (credits > available)
    throw new AppError('insufficient_credits', {
      detail: `The job costs ${credits} credits and the account has ${available}.`,
      hint: 'Wait for the next monthly allowance, or ask the operator for more credits.',
      extra: { creditsNeeded: credits, creditsAvailable: available },
    });
}

/** The job succeeded: what was held is spent. */
export function capture(posting: Posting, held: Hold, job: string, at: number): Posting {
  return endJob(post(posting, 'capture', at, { held: -held.credits, job }));
}

/** The job ended otherwise: what was held comes back, but for allowance of a month that is over. */
export function release(posting: Posting, held: Hold, job: string, at: number): Posting {
  return endJob(
    post(posting, 'release', at, {
      held: -held.credits,
      purchased: held.fromPurchased,
      allowance: held.period === posting.balance.period ? held.fromAllowance : 0,
      job,
    }),
  );
}

function endJob(posting: Posting): Posting {
  return { ...posting, balance: { ...posting.balance, jobsActive: posting.balance.jobsActive - 1 } };
}
