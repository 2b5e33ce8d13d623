// The api as a process of its own, on a free port or a socket, for what only a process shows: memory, signals, exit codes.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { nodeFlags } from '#scripts/platform/processes.ts';
import type { Environment } from '#shared/config.ts';

export interface ApiProcess {
  readonly child: ChildProcess;
  /** Of its `listening` line. */
  readonly address: string;
  /** Lines of its log so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Resolves at the first line with this message, past or to come. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** Sends the signal; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const main = path.resolve(import.meta.dirname, '../../api/main.ts');

/** Nothing is inherited but the path. Standard output and error are pipes. */
export function spawnApi(environment: Environment): ChildProcess {
  const env = { PATH: process.env['PATH'], ...environment };
  return spawn(process.execPath, [...nodeFlags, main], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Resolves once it listens. Throws when it ends before. */
export async function startApi(environment: Environment): Promise<ApiProcess> {
  const child = spawnApi({ PORT: '0', REGISTRATION: 'open', READY_FALL_SECONDS: '0', ...environment });
  const lines: Record<string, unknown>[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const read = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  read.on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    read.emit('logged');
  });
  const logged = async (message: string) => {
    for (;;) {
      const found = lines.find((line) => line['msg'] === message);
      if (found) return found;
      await Promise.race([once(read, 'logged'), exited]);
      if (child.exitCode !== null && !lines.some((line) => line['msg'] === message))
        throw new Error(`the api ended without saying "${message}": ${errors}`);
    }
  };
  const listening = await logged('listening');
  return {
    child,
    address: String(listening['address']),
    lines,
    logged,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** The most memory it ever had in RAM (VmHWM), in bytes. */
export function peakMemoryOf(child: ChildProcess): number {
  const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
