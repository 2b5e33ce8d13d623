// One balance transaction at a time per account and process, settles before submits: contention on a
// balance row is then the number of processes, and a flood of submits cannot keep results from being settled.

/** `settle` goes before `submit`. */
export type Rank = 'settle' | 'submit';

export interface Turns {
  /** Runs the work when its turn comes; whatever it answers or throws is passed on. */
  take<Value>(account: string, rank: Rank, work: () => Promise<Value>): Promise<Value>;
}

interface Line {
  settles: (() => void)[];
  submits: (() => void)[];
}

export function createTurns(): Turns {
  const lines = new Map<string, Line>();

  async function wait(account: string, rank: Rank): Promise<void> {
    const line = lines.get(account);
    if (!line) {
      lines.set(account, { settles: [], submits: [] });
      return;
    }
    await new Promise<void>((resolve) => (rank === 'settle' ? line.settles : line.submits).push(resolve));
  }

  function pass(account: string): void {
    const line = lines.get(account);
    const next = line?.settles.shift() ?? line?.submits.shift();
    if (next) next();
    else lines.delete(account);
  }

  return {
    take: async (account, rank, work) => {
      await wait(account, rank);
      try {
        return await work();
      } finally {
        pass(account);
      }
    },
  };
}
