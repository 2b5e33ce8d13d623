// Shows one step of a longer piece of work: its name at once, how far it is while it runs, its time at the end.
// On a terminal the line is rewritten in place; elsewhere (a log, a pipe) only the beginning and end are printed.
import process from 'node:process';

/** `report` takes 0 to 100 and a few words on what is going on. */
export type Report = (percent: number, words: string) => void;

export async function showStep<T>(name: string, work: (report: Report) => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const terminal = process.stdout.isTTY;
  process.stdout.write(terminal ? `${name} ...` : `${name} ...\n`);
  let line = '';
  const rewrite = () => process.stdout.write(`\r\u001B[K${clip(`${name} ... ${line}${seconds()}`)}`);
  const ticking = terminal ? setInterval(rewrite, 500) : undefined;
  try {
    const result = await work((percent, words) => {
      line = `${Math.round(percent)}% ${words} `;
    });
    process.stdout.write(`${terminal ? '\r\u001B[K' : ''}${name}: done in ${seconds()}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`${terminal ? '\r\u001B[K' : ''}${name}: failed after ${seconds()}\n`);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

function clip(line: string): string {
  return line.slice(0, (process.stdout.columns || 80) - 1);
}
