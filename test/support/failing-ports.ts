// Ports that fail the way real ones do: before the work, or after it with the answer lost. The rest of the context is as given.
import type { Context } from '#shared/context.ts';
import type { Write } from '#shared/records/record-store.ts';

export type Failure = 'refused' | 'answer lost' | 'repeated' | undefined;

/** `fails` is asked before each commit; `repeated` sends it twice, as a driver must not. */
export function withFailingCommits(context: Context, fails: (writes: readonly Write[]) => Failure): Context {
  return {
    ...context,
    records: {
      ...context.records,
      commit: async (partition, writes) => {
        const failure = fails(writes);
        if (failure === 'refused') throw new Error('the store is away');
        const outcome = await context.records.commit(partition, writes);
        if (failure === 'answer lost') throw new Error('the answer was lost');
        return failure === 'repeated' ? context.records.commit(partition, writes) : outcome;
      },
    },
  };
}

/** Fails the first time, then never again. */
export function once(
  failure: Failure,
  when: (writes: readonly Write[]) => boolean,
): (writes: readonly Write[]) => Failure {
  let failed = false;
  return (writes) => {
    if (failed || !when(writes)) return undefined;
    failed = true;
    return failure;
  };
}

export function writesTo(prefix: string): (writes: readonly Write[]) => boolean {
  return (writes) => writes.some(({ key }) => key.startsWith(prefix));
}
