// Protects: the arithmetic of credits. Whatever happens in whatever order, the balance is the sum of its entries, no part
// of it is negative, and what is held is what the jobs that have not ended hold.
import { expect } from 'chai';
import fc from 'fast-check';
import { AppError } from '#shared/errors.ts';
import type { Hold } from '#shared/job/job.ts';
import { capture, hold, openBalance, openPeriod, periodOf, release } from '#shared/ledger/balance.ts';
import type { LedgerEntry, Posting } from '#shared/ledger/balance.ts';

const november = Date.UTC(2026, 10, 20);
const december = Date.UTC(2026, 11, 1);
const kinds = (posting: Posting) => posting.entries.map(({ kind }) => kind);
const opened = (credits: number): Posting => ({ ...openBalance(november, credits), entries: [] });

describe('the balance', () => {
  it('opens with the allowance of its month', () => {
    const { balance, entries } = openBalance(november, 50);
    expect(balance).to.include({
      period: '2026-11',
      allowance: 50,
      purchased: 0,
      held: 0,
      seq: 1,
      state: 'active',
    });
    expect(entries).to.have.lengthOf(1);
  });

  it('takes a hold from the allowance first, then from what was purchased', () => {
    const { balance } = opened(3);
    const held = hold({ balance: { ...balance, purchased: 10 }, entries: [] }, 5, 'job', november);
    expect(held.hold).to.deep.equal({ credits: 5, fromAllowance: 3, fromPurchased: 2, period: '2026-11' });
    expect(held.posting.balance).to.include({ allowance: 0, purchased: 8, held: 5, jobsActive: 1 });
  });

  it('refuses a hold that is not covered, saying what is needed and what there is', () => {
    expect(() => hold(opened(3), 4, 'job', november))
      .to.throw(AppError)
      .that.includes({ code: 'insufficient_credits' })
      .and.has.property('extra')
      .that.deep.equals({ creditsNeeded: 4, creditsAvailable: 3 });
  });

  it('refuses a hold for an account that is not active', () => {
    const { balance } = opened(3);
    expect(() => hold({ balance: { ...balance, state: 'suspended' }, entries: [] }, 1, 'job', november))
      .to.throw(AppError)
      .with.property('code', 'account_suspended');
  });

  it('gives back a released hold, and keeps a captured one', () => {
    const first = hold(opened(10), 4, 'a', november);
    const released = release(first.posting, first.hold, 'a', november);
    expect(released.balance).to.include({ allowance: 10, held: 0, jobsActive: 0 });
    const second = hold(released, 4, 'b', november);
    expect(capture(second.posting, second.hold, 'b', november).balance).to.include({ allowance: 6, held: 0 });
  });

  it('moves to a new month once: the old allowance lapses, the new one comes', () => {
    const { balance } = opened(10);
    const moved = openPeriod(balance, december, 20);
    expect(kinds(moved)).to.deep.equal(['expiry', 'allowance']);
    expect(moved.balance).to.include({ period: '2026-12', allowance: 20 });
    expect(openPeriod(moved.balance, december, 20).entries).to.deep.equal([]);
  });

  it('never moves to an earlier month', () => {
    const { balance } = openBalance(december, 10);
    expect(openPeriod(balance, november, 10).balance).to.include({ period: '2026-12' });
  });

  it('does not give back allowance of a month that is over, but gives back what was purchased', () => {
    const { balance } = opened(3);
    const held = hold({ balance: { ...balance, purchased: 10 }, entries: [] }, 5, 'job', november);
    const moved = openPeriod(held.posting.balance, december, 20);
    expect(release(moved, held.hold, 'job', december).balance).to.include({
      allowance: 20,
      purchased: 10,
      held: 0,
    });
  });

  it('adds up, whatever happens', () => {
    const act = fc.oneof(
      fc.record({ type: fc.constant('hold' as const), credits: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ type: fc.constantFrom('capture' as const, 'release' as const), which: fc.nat(20) }),
      fc.record({ type: fc.constant('month' as const) }),
    );
    fc.assert(
      fc.property(fc.nat(60), fc.array(act, { maxLength: 60 }), (allowance, acts) => {
        const books = playActs(allowance, acts);
        for (const part of ['allowance', 'purchased', 'held'] as const) {
          const sum = books.entries.reduce((total, entry) => total + entry[part], 0);
          expect(sum, part).to.equal(books.balance[part]);
          expect(sum, part).to.be.at.least(0);
        }
        expect(books.balance.held).to.equal(books.holds.reduce((sum, one) => sum + one.credits, 0));
        expect(books.balance.jobsActive).to.equal(books.holds.length);
        expect(books.entries.map(({ seq }) => seq)).to.deep.equal(books.entries.map((_, index) => index + 1));
      }),
    );
  });
});

type Act =
  { type: 'hold'; credits: number } | { type: 'capture' | 'release'; which: number } | { type: 'month' };

function playActs(allowance: number, acts: readonly Act[]) {
  let { balance, entries }: { balance: Posting['balance']; entries: readonly LedgerEntry[] } = openBalance(
    november,
    allowance,
  );
  const holds: Hold[] = [];
  let at = november;
  for (const act of acts) {
    const posting: Posting = { balance, entries };
    if (act.type === 'month') {
      at += 31 * 24 * 3600 * 1000;
      const moved = openPeriod(balance, at, allowance);
      [balance, entries] = [moved.balance, [...entries, ...moved.entries]];
      expect(balance.period).to.equal(periodOf(at));
    } else if (act.type === 'hold') {
      if (act.credits > balance.allowance + balance.purchased) continue;
      const held = hold(posting, act.credits, 'job', at);
      holds.push(held.hold);
      ({ balance, entries } = held.posting);
    } else {
      const [ended] = holds.splice(act.which % Math.max(1, holds.length), 1);
      if (ended)
        ({ balance, entries } = (act.type === 'capture' ? capture : release)(posting, ended, 'job', at));
    }
  }
  return { balance, entries, holds };
}
