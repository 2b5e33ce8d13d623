// SQLite answers BUSY when another process holds the lock. Waiting for it inside SQLite would stop the whole
// process (node:sqlite is synchronous), and with it the renewal of leases; so SQLite itself waits a few
// milliseconds only, and what is still busy then is tried again from the event loop, with jitter.
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#shared/errors.ts';

/** How long SQLite may block the process for a lock; the rest of the waiting is asynchronous. */
export const busyTimeoutMs = 5;
const delayMsMax = 40;
/** Far beyond what healthy processes need from each other: past it, one of them hangs within a transaction. */
const budgetMs = 30_000;

// https://www.sqlite.org/rescode.html: SQLITE_BUSY, and SQLITE_PROTOCOL, which is the same for the WAL's own locks.
const busyCodes: readonly number[] = [5, 15];

export function isBusy(error: unknown): boolean {
  // The lowest byte of an extended result code is the primary one.
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    busyCodes.includes(error.errcode & 0xff)
  );
}

/** Runs `attempt` until it is not busy. Throws what it throws; `unavailable` after 30 seconds of trying. */
export async function retryBusy<T>(attempt: () => T): Promise<T> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - startedAt > budgetMs)
        throw new AppError('unavailable', {
          detail: 'The database stayed locked for too long.',
          cause: error,
        });
    }
    await sleep(1 + Math.random() * Math.min(delayMsMax, 2 ** tries));
  }
}
