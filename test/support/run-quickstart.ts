// Runs the quickstart command as a person would, and listens to what it says.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { projectDir } from '#scripts/platform/processes.ts';
import { until } from './until.ts';

export interface QuickstartRun {
  readonly process: ChildProcess;
  /** Everything on standard output so far. */
  said(): string;
  /** Everything on standard error so far, one entry a line. */
  complaints(): string[];
  untilReady(): Promise<void>;
  /** Sends a signal, if one is given, and answers the exit code (or the signal that killed it). */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

const readySecondsMax = 90;

export function runQuickstart(...args: string[]): QuickstartRun {
  const child = spawn(process.execPath, [path.join(projectDir, 'scripts/quickstart.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    process: child,
    said: () => output,
    complaints: () => errors.split('\n').filter(Boolean),
    untilReady: async () => {
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      await until('quickstart is ready', () => output.includes('Ctrl-C stops') || isOver(), readySecondsMax);
      if (isOver()) throw new Error(`quickstart ended: ${errors}${output}`);
    },
    end: async (signal) => {
      if (signal) child.kill(signal);
      const [code, killedBy] = await ended;
      return code ?? killedBy;
    },
  };
}

/** Ids of the processes, zombies aside, whose environment names this folder: what a platform on it has running. */
export function processesOn(folder: string): number[] {
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && mentions(pid, folder));
}

function mentions(pid: number, folder: string): boolean {
  try {
    const told = [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].map((file) =>
      fs.readFileSync(file, 'utf8'),
    );
    return told.join('\0').includes(folder);
  } catch {
    return false;
  }
}
