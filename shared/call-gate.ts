// The orderly end of something that is called concurrently: once closing, new calls are refused, and those
// under way are waited for.
import { AppError } from './errors.ts';

export interface CallGate {
  /** Throws `unavailable` once closing. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when no call is under way any more. */
  close(): Promise<void>;
}

/** `name` is what a refused caller is told is closed. */
export function createCallGate(name: string): CallGate {
  const calls = new Set<Promise<unknown>>();
  let closing = false;
  return {
    pass: async (work) => {
      if (closing) throw new AppError('unavailable', { detail: `${name} is closed.` });
      const call = work();
      calls.add(call);
      try {
        return await call;
      } finally {
        calls.delete(call);
      }
    },
    close: async () => {
      closing = true;
      await Promise.allSettled(calls);
    },
  };
}
