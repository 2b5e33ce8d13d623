// The runner as a child process: how it is spawned, spoken to and killed.
//
//  - Its environment is made from nothing: none of the worker's configuration or credentials reach it.
//  - It leads a session and a process group of its own, so that it and all it started can be killed whole.
//  - When the worker dies, it sees its standard input end and kills itself whole (runner.ts).
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import path from 'node:path';
import { listSession } from './process-table.ts';
import { parseReply, replyCharactersMax } from './parse-reply.ts';
import type { RunCommand, RunnerReply } from './protocol.ts';

const runnerEntry = fileURLToPath(new URL('runner.ts', import.meta.url));
const outputCharactersMax = 16 * 1024;

/** What came instead of a reply: its end, or a line that is no reply. */
type RunnerSilence = { readonly type: 'ended'; readonly how: string } | { readonly type: 'junk' };

export interface RunnerProcess {
  readonly pid: number;
  readonly running: boolean;
  send(command: RunCommand): void;
  /** Replies are read only as they are asked for, so that a runner that never stops talking fills no memory here. */
  next(): Promise<RunnerReply | RunnerSilence>;
  /** What it and its engines printed since the last call, cut to a bound. */
  takeOutput(): string;
  /** Kills the whole group; resolves when the runner is gone. Safe to call twice. */
  kill(): Promise<void>;
}

/** `confine` is the program that confines what the runner starts; see choose-confinement.ts. */
export function spawnRunner(folder: string, confine?: string, entry = runnerEntry): RunnerProcess {
  const child = spawn(process.execPath, [entry], {
    cwd: folder,
    detached: true,
    env: { ...runnerEnvironment(folder), ...(confine !== undefined && { OFFICE_CONFINE: confine }) },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const ended = describeEnd(child);
  // A write to a runner that has just died; its end is seen elsewhere.
  child.stdin?.on('error', () => {});
  const takeOutput = collectOutput(child);
  const replies = readReplies(child.stdio[3] as Readable);

  const kill = async () => {
    killWhole(child);
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    get running() {
      return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    },
    send: (command) => void child.stdin?.write(`${JSON.stringify(command)}\n`),
    next: async () => {
      const { done, value } = await replies.next();
      if (!done) return value ?? { type: 'junk' };
      // Without replies it is of no use, even if it still lives.
      killWhole(child);
      return { type: 'ended', how: await ended };
    },
    takeOutput,
    kill,
  };
}

function runnerEnvironment(folder: string): NodeJS.ProcessEnv {
  const work = path.join(folder, 'work');
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: work, TMPDIR: work, LANG: 'C.UTF-8' };
}

async function describeEnd(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    // What it started must not outlive it.
    killWhole(child);
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function killWhole({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  const targets = [-pid, ...listSession(pid).map((member) => member.pid)];
  for (const target of targets) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
}

function collectOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, outputCharactersMax);
    });
  }
  return () => {
    const taken = output.trim();
    output = '';
    return taken;
  };
}

/** Undefined stands for a line that is no reply, or one without an end. */
async function* readReplies(stream: Readable): AsyncGenerator<RunnerReply | undefined, void> {
  let rest = '';
  try {
    for await (const text of stream.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield parseReply(line);
      if (rest.length > replyCharactersMax) {
        yield undefined;
        return;
      }
    }
  } catch {
    // A broken pipe is an ended one.
  }
}
