// Waits for something that another process does: asks again and again instead of sleeping for a while and hoping.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the first answer that is neither false nor undefined. Throws, naming `what`, past `secondsMax`. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  secondsMax = 30,
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + secondsMax * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
    if (performance.now() > end) throw new Error(`waited ${secondsMax} s in vain until ${what}`);
    await sleep(20);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
