// Protects: a waiter wakes at a change, at its time or when it is told to, and does not look without a reason.
import { expect } from 'chai';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createChangeWatch, type ChangeWatch } from '#shared/sqlite/change-watch.ts';
import { rejection } from '#test/support/rejection.ts';

const waitMs = 60_000;

describe('watching for changes', () => {
  let database: DatabaseSync;
  let watch: ChangeWatch;
  let looks: number;
  /** Looks, and finds what it is waiting for at the look with this number. */
  const foundAt = (number: number) => async (): Promise<boolean> => (looks += 1) === number;
  const someTurns = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  };

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    watch = createChangeWatch(database);
    looks = 0;
  });
  afterEach(() => {
    watch.close();
    if (database.isOpen) database.close();
  });

  it('looks at once, and again only after a change', async () => {
    const waiting = watch.until(foundAt(3), { waitMs });
    await someTurns();
    expect(looks).to.equal(1);
    watch.notify();
    await someTurns();
    expect(looks).to.equal(2);
    watch.notify();
    await waiting;
    expect(looks).to.equal(3);
  });

  it('loses no change that comes while it looks', async () => {
    const looking = Promise.withResolvers<void>();
    const waiting = watch.until(
      async () => {
        looks += 1;
        if (looks === 1) await looking.promise;
        return looks === 2;
      },
      { waitMs },
    );
    watch.notify();
    looking.resolve();
    await waiting;
    expect(looks).to.equal(2);
  });

  it('looks when time alone may have made it true, and a last time at the end', async () => {
    await watch.until(foundAt(2), { waitMs, dueMs: async () => 1 });
    expect(looks).to.equal(2);
    await watch.until(foundAt(0), { waitMs: 1 });
    expect(looks).to.be.at.least(4);
  });

  it('does not look when the signal has aborted or the watch is closed', async () => {
    await watch.until(foundAt(1), { waitMs, signal: AbortSignal.abort() });
    watch.close();
    await watch.until(foundAt(1), { waitMs });
    expect(looks).to.equal(0);
  });

  it('tells those that wait when the database fails, and those that ask when the look fails', async () => {
    const waiting = rejection(watch.until(foundAt(0), { waitMs }));
    const failing = watch.until(() => Promise.reject(new Error('the look failed')), { waitMs });
    expect(await rejection(failing)).to.have.property('message', 'the look failed');
    database.close();
    expect(await waiting).to.be.an('error');
  });
});
