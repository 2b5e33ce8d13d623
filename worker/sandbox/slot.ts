// A slot: one folder and one warm runner process that turns the files in it into other files. The worker
// prepares the folder, hands over the steps, and fetches the results; the runner is disposable.
//
//  - A deadline, an abort or a misbehaving runner ends with the whole process group killed.
//  - A dead runner is replaced once, when the next run needs it; if that one does not start, the run fails.
//  - What a runner says and leaves behind is checked before it is believed.
import fs from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { systemClock } from '#shared/clock.ts';
import type { Clock } from '#shared/clock.ts';
import type { JobError, JobStep } from '#shared/job/job.ts';
import { startDeadline } from './deadline.ts';
import { jobError } from '#shared/job/job-error.ts';
import type { RunnerResult } from './protocol.ts';
import { spawnRunner } from './runner-process.ts';
import type { RunnerProcess } from './runner-process.ts';
import { assertResult, makeSlotFolder, openResult, prepareSlotFolder } from './slot-folder.ts';

const startMsMax = 30_000;

export interface SlotOptions {
  /** Made if absent; the slot's own folder is made in it. */
  readonly scratchDir: string;
  readonly log?: Pick<Logger, 'debug' | 'warn' | 'error'>;
  /** For deadlines. */
  readonly clock?: Clock;
  /** The program that confines what the runner starts; absent: nothing does. */
  readonly confine?: string | undefined;
  /** Another program in the runner's place. */
  readonly runnerEntry?: string;
}

interface SlotTask {
  readonly inputs: readonly { readonly name: string }[];
  readonly steps: readonly JobStep[];
}

export interface SlotRunOptions {
  /** For one step on one file, the start of a new runner included. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** From 0 to 1, rising. */
  readonly onProgress: (progress: number) => void;
}

export type SlotOutcome =
  | {
      readonly type: 'succeeded';
      readonly results: readonly RunnerResult[];
      readonly warnings: readonly string[];
    }
  /** By fault of the input, an engine or the platform. */
  | { readonly type: 'failed'; readonly error: JobError }
  /** The signal aborted, or the slot was closed. */
  | { readonly type: 'stopped' };

export interface Slot {
  /** Empties the slot's folder and makes in/, out/ and work/ anew; answers its path. The caller writes inputs as in/{index}. */
  prepare(): Promise<string>;
  /** Runs the steps on the prepared folder, one task at a time. Opens a new runner first when the last one died. */
  run(task: SlotTask, options: SlotRunOptions): Promise<SlotOutcome>;
  /** Removes every file of the last job. */
  clear(): Promise<void>;
  /** Opens a result for reading. Throws when it is not a plain file. */
  openResult(index: number): Promise<{ bytes: number; stream: Readable }>;
  /** Kills the runner, removes the folder. Safe to call twice. */
  close(): Promise<void>;
}

/** Resolves when the runner is ready. Throws, in words for the operator, when it does not start. */
export async function openSlot(options: SlotOptions): Promise<Slot> {
  const { clock = systemClock, log } = options;
  const folder = await makeSlotFolder(options.scratchDir);
  await prepareSlotFolder(folder);
  let runner: RunnerProcess | undefined;
  let closed = false;
  let busy = false;
  let clean = true;

  const openRunner = async (): Promise<RunnerProcess> => {
    if (runner?.running) return runner;
    runner = spawnRunner(folder, options.confine, options.runnerEntry);
    await whenReady(runner, clock);
    return runner;
  };

  const follow = async (task: SlotTask, onProgress: SlotRunOptions['onProgress']): Promise<SlotOutcome> => {
    let current: RunnerProcess;
    try {
      current = await openRunner();
    } catch (error) {
      if (closed) return { type: 'stopped' };
      log?.error({ err: error }, 'a slot has no runner');
      return failed('engine_failed', 'The sandbox for the conversion did not start.');
    }
    current.send({
      type: 'run',
      folder,
      inputs: task.inputs.map(({ name }) => ({ name })),
      steps: task.steps,
    });
    return await readOutcome(current, folder, onProgress, log);
  };

  const run: Slot['run'] = async (task, { deadlineMs, signal, onProgress }) => {
    if (busy) throw new Error('a slot runs one task at a time');
    if (closed || signal.aborted) return { type: 'stopped' };
    busy = true;
    const settled = new AbortController();
    const deadline = startDeadline(clock, deadlineMs, task.steps.length * task.inputs.length);
    try {
      const report = (progress: number) => {
        deadline.restart();
        if (!settled.signal.aborted) onProgress(progress);
      };
      const outcome = await Promise.race([
        follow(task, report),
        deadline.passed.then(() => timedOut(deadlineMs)),
        whenAborted(signal, settled.signal),
      ]);
      if (mayLiveOn(outcome)) return outcome;
      await runner?.kill();
      return closed ? { type: 'stopped' } : outcome;
    } finally {
      deadline.cancel();
      settled.abort();
      logOutput(runner, log);
      busy = false;
    }
  };

  const close = async () => {
    closed = true;
    await runner?.kill();
    await fs.rm(folder, { recursive: true, force: true });
  };

  try {
    await openRunner();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    prepare: async () => {
      if (!clean) await prepareSlotFolder(folder);
      clean = false;
      return folder;
    },
    run,
    clear: async () => {
      await prepareSlotFolder(folder);
      clean = true;
    },
    openResult: (index) => openResult(folder, index),
    close,
  };
}

/** A runner that answered in order is kept; after anything else it is not to be trusted with another job. */
function mayLiveOn(outcome: SlotOutcome): boolean {
  return outcome.type === 'succeeded' || (outcome.type === 'failed' && outcome.error.fault === 'input');
}

async function whenReady(runner: RunnerProcess, clock: Clock): Promise<void> {
  const answered = new AbortController();
  const late = clock.sleep(startMsMax, answered.signal).then(() => ({ type: 'late' }) as const);
  const reply = await Promise.race([runner.next(), late]);
  answered.abort();
  if (reply.type === 'ready') return;
  await runner.kill();
  const reason = {
    late: `it was not ready within ${startMsMax / 1000} seconds`,
    ended: `it ended before it was ready: ${reply.type === 'ended' ? reply.how : ''}`,
  };
  const why = reply.type === 'late' || reply.type === 'ended' ? reason[reply.type] : 'it spoke out of turn';
  throw new Error(
    `The runner of a slot did not start: ${why}. It printed: ${runner.takeOutput() || 'nothing'}`,
  );
}

async function readOutcome(
  runner: RunnerProcess,
  folder: string,
  onProgress: SlotRunOptions['onProgress'],
  log: SlotOptions['log'],
): Promise<SlotOutcome> {
  let progress = 0;
  for (;;) {
    const reply = await runner.next();
    switch (reply.type) {
      case 'progress':
        progress = Math.max(progress, reply.progress);
        onProgress(progress);
        break;
      case 'succeeded':
        try {
          for (const { index } of reply.results) await assertResult(folder, index);
        } catch (error) {
          log?.error({ err: error }, 'a runner claims results that it did not leave');
          return failed('engine_failed', 'The converter did not leave the results that it reported.');
        }
        return reply;
      case 'failed':
        return reply;
      case 'ended':
        log?.warn({ how: reply.how }, 'a runner ended in the middle of a job');
        return failed('engine_crashed', 'The converter ended in the middle of the job.');
      case 'ready':
      case 'junk':
        log?.error('a runner said something that is not in the protocol');
        return failed('engine_failed', 'The converter gave an answer that makes no sense.');
    }
  }
}

function failed(code: JobError['code'], detail: string): SlotOutcome {
  return { type: 'failed', error: jobError(code, { detail }) };
}

function timedOut(deadlineMs: number): SlotOutcome {
  const detail = `A file was not finished within ${Math.ceil(deadlineMs / 1000)} seconds of run time.`;
  return {
    type: 'failed',
    error: jobError('engine_timeout', { detail, hint: 'Send a smaller or simpler file.' }),
  };
}

async function whenAborted(signal: AbortSignal, settled: AbortSignal): Promise<SlotOutcome> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true, signal: settled });
  });
  return { type: 'stopped' };
}

function logOutput(runner: RunnerProcess | undefined, log: SlotOptions['log']): void {
  const output = runner?.takeOutput();
  if (output) log?.debug({ output }, 'a runner printed');
}
