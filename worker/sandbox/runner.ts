// The program inside a slot. It reads commands from its standard input and answers on file descriptor 3
// (protocol.ts). It has no credentials and knows nothing of accounts or storage.
//
//  - One command at a time; after each, nothing that it started is left running.
//  - When its standard input ends, the worker is gone: it kills its whole process group, itself included.
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { listSession, findProcess } from './process-table.ts';
import type { RunCommand, RunnerReply } from './protocol.ts';
import { engineStarted } from '#worker/engines/engine-started.ts';
import { runSteps } from './run-steps.ts';
import { toJobError } from './to-job-error.ts';

const replyDescriptor = 3;
const ownSession = findProcess()?.session;

function say(reply: RunnerReply): void {
  const bytes = Buffer.from(`${JSON.stringify(reply)}\n`);
  for (let written = 0; written < bytes.length;) written += fs.writeSync(replyDescriptor, bytes, written);
}

async function obey(line: string): Promise<RunnerReply> {
  try {
    return await runSteps(JSON.parse(line) as RunCommand, (progress) => say({ type: 'progress', progress }));
  } catch (error) {
    return { type: 'failed', error: toJobError(error) };
  } finally {
    if (engineStarted()) killOthers();
  }
}

/** An engine that hangs, or that left a child behind, must not meet the next job. */
function killOthers(): void {
  for (;;) {
    const others = listSession(ownSession ?? process.pid).filter(({ pid }) => pid !== process.pid);
    if (others.length === 0) return;
    for (const { pid } of others) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
  }
}

const commands = createInterface({ input: process.stdin });
let last: Promise<void> = Promise.resolve();
commands.on('line', (line) => {
  last = last.then(async () => {
    say(await obey(line));
  });
});
commands.on('close', () => {
  killOthers();
  process.kill(0, 'SIGKILL');
});

say({ type: 'ready' });
