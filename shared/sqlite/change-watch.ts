// Waiting until the database has changed, by whichever process. Commits of this connection wake at once;
// those of others are seen in `PRAGMA data_version`, which is asked every few milliseconds while somebody waits
// and never otherwise (https://www.sqlite.org/pragma.html#pragma_data_version).
//
// No wake-up is lost: a waiter counts changes from before its first look at the data.
import type { DatabaseSync } from 'node:sqlite';
import { isBusy } from './retry-busy.ts';

const pollMs = 5;
/** The longest that a timer can run. */
const timerMsMax = 2 ** 31 - 1;

export interface WaitOptions {
  /** 0 looks once. */
  readonly waitMs: number;
  /** Ends the wait, without another look. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until time alone may make the condition true. */
  readonly dueMs?: () => Promise<number | undefined>;
}

export interface ChangeWatch {
  /** Wakes every waiter: something was committed here. */
  notify(): void;
  /** Resolves when the condition holds, the time is over, the signal aborts or the watch is closed. */
  until(condition: () => Promise<boolean>, options: WaitOptions): Promise<void>;
  /** Ends every wait. */
  close(): void;
}

interface Waiter {
  changed: boolean;
  failure: unknown;
  wake: () => void;
}

const nobody = (): void => undefined;

export function createChangeWatch(database: DatabaseSync): ChangeWatch {
  const dataVersion = database.prepare('PRAGMA data_version');
  const waiters = new Set<Waiter>();
  let version: unknown;
  let polling: NodeJS.Timeout | undefined;
  let closed = false;

  function notify(failure?: unknown): void {
    for (const waiter of waiters) {
      waiter.changed = true;
      waiter.failure ??= failure;
      waiter.wake();
    }
  }

  function poll(): void {
    try {
      const latest = dataVersion.get()?.['data_version'];
      if (latest === version) return;
      version = latest;
      notify();
    } catch (error) {
      // Busy says that another process is at work: have a look. Anything else the waiters must know of.
      notify(isBusy(error) ? undefined : error);
    }
  }

  function join(): Waiter {
    const waiter: Waiter = { changed: false, failure: undefined, wake: nobody };
    waiters.add(waiter);
    if (polling === undefined) {
      polling = setInterval(poll, pollMs);
      polling.unref();
      poll();
      waiter.changed = false;
    }
    return waiter;
  }

  function leave(waiter: Waiter): void {
    waiters.delete(waiter);
    if (waiters.size > 0) return;
    clearInterval(polling);
    polling = undefined;
  }

  async function until(condition: () => Promise<boolean>, options: WaitOptions): Promise<void> {
    const { waitMs, signal, dueMs } = options;
    if (closed || signal?.aborted) return;
    const deadline = performance.now() + waitMs;
    const waiter = join();
    try {
      while (!(await condition())) {
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) return;
        await nextChange(waiter, Math.min(leftMs, (await dueMs?.()) ?? leftMs), signal);
        if (waiter.failure !== undefined) throw waiter.failure;
        if (closed || signal?.aborted) return;
      }
    } finally {
      leave(waiter);
    }
  }

  return {
    notify: () => notify(),
    until,
    close: () => {
      closed = true;
      notify();
    },
  };
}

/** Resolves at a change since the last call, after `ms`, or when the signal aborts. */
async function nextChange(waiter: Waiter, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (!waiter.changed && !signal?.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(wake, Math.min(Math.max(ms, 0), timerMsMax));
      signal?.addEventListener('abort', wake);
      waiter.wake = wake;
      function wake(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        waiter.wake = nobody;
        resolve();
      }
    });
  }
  waiter.changed = false;
}
