// A deadline that begins anew with each file that a step has finished: one that hangs is noticed by its own time, not by
// that of a whole job of many files. It begins anew a bounded number of times, so that a runner which keeps claiming
// progress gets no more than the job's due.
import type { Clock } from '#shared/clock.ts';

export interface Deadline {
  /** Resolves when the time is over; never, once canceled. */
  readonly passed: Promise<void>;
  /** Begins the time anew. */
  restart(): void;
  cancel(): void;
}

export function startDeadline(clock: Clock, ms: number, restartsMax: number): Deadline {
  const passed = Promise.withResolvers<void>();
  let turn = new AbortController();
  let restarts = 0;

  async function wait(): Promise<void> {
    const { signal } = turn;
    await clock.sleep(ms, signal);
    if (!signal.aborted) passed.resolve();
  }

  void wait();
  return {
    passed: passed.promise,
    restart: () => {
      if (turn.signal.aborted || restarts >= restartsMax) return;
      restarts += 1;
      turn.abort();
      turn = new AbortController();
      void wait();
    },
    cancel: () => turn.abort(),
  };
}
