// Time and chance as arguments: nothing in the job protocol reaches for a clock, a timer or randomness
// by itself, so that a test (or a simulation) can supply its own.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch, of this machine: for logs and durations, never for leases (see RecordStore.now). */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Chance {
  /** Lower-case hexadecimal digits, unguessable. */
  hex(digits: number): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    if (signal?.aborted) return;
    try {
      await sleepFor(ms, undefined, { signal });
    } catch {
      // Aborted: the sleep is over.
    }
  },
};

export const systemChance: Chance = {
  hex: (digits) =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  fraction: () => Math.random(),
};
