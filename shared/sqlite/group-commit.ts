// Group commit: the operations that are pending share one transaction, and so one fsync. Each runs in a
// savepoint of its own.
//
// - A promise resolves only after COMMIT. When COMMIT fails, every operation of the transaction rejects.
// - An operation that throws is undone alone and rejects alone; its neighbours never notice.
// - A transaction runs from BEGIN to COMMIT without giving way to the event loop, so that no read on the same
//   connection can see into it; the number of its operations and its time are bounded, so that the loop is not
//   blocked for long.
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { retryBusy } from './retry-busy.ts';

const operationsMax = 128;
const transactionMsMax = 10;

interface Pending {
  /** Runs the operation; answers how to resolve its promise once that is committed. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** Runs an operation (synchronous; it prepares nothing and begins nothing) and resolves once that is durable. */
export type Write = <T>(operation: () => T) => Promise<T>;

/** `onCommit` is called after each transaction, before its operations resolve. */
export function createGroupCommit(database: DatabaseSync, onCommit: () => void): Write {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const savepoint = database.prepare('SAVEPOINT operation');
  const release = database.prepare('RELEASE operation');
  const rollbackTo = database.prepare('ROLLBACK TO operation');
  let pending: Pending[] = [];
  let draining = false;

  /** What to do with the operation once the transaction is committed. */
  function runOne({ run, reject }: Pending): () => void {
    savepoint.run();
    try {
      const resolve = run();
      release.run();
      return resolve;
    } catch (error) {
      // After a full disk or an I/O error SQLite may have rolled back everything by itself.
      if (!database.isTransaction) throw error;
      rollbackTo.run();
      release.run();
      return () => reject(error);
    }
  }

  function commitSome(): void {
    // Left over only when an earlier rollback failed.
    if (database.isTransaction) rollback.run();
    begin.run();
    const startedAt = performance.now();
    const taken: Pending[] = [];
    const settle: (() => void)[] = [];
    try {
      while (taken.length < operationsMax && performance.now() - startedAt < transactionMsMax) {
        const next = pending.shift();
        if (next === undefined) break;
        taken.push(next);
        settle.push(runOne(next));
      }
      commit.run();
    } catch (error) {
      for (const { reject } of taken) reject(error);
      if (database.isTransaction) rollback.run();
      return;
    }
    onCommit();
    for (const done of settle) done();
  }

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      // Lets what this turn of the loop still brings join the transaction, and input and output have their turn.
      await nextTurn();
      try {
        // Only BEGIN can be busy, before anything was taken: trying again repeats nothing.
        await retryBusy(commitSome);
      } catch (error) {
        const failed = pending;
        pending = [];
        for (const { reject } of failed) reject(error);
      }
    }
    draining = false;
  }

  return <T>(operation: () => T) =>
    new Promise<T>((resolve, reject) => {
      const run = () => {
        const value = operation();
        return () => resolve(value);
      };
      pending.push({ run, reject });
      if (draining) return;
      draining = true;
      void drain();
    });
}
