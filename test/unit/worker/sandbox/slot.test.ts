// A slot holds what happens in it: whatever the runner does, the worker gets one clear outcome, nothing is left
// running, and the next job finds a healthy slot. The runner here is a stand-in that misbehaves on command.
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import fs from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#shared/clock.ts';
import { openSlot } from '#worker/sandbox/slot.ts';
import type { Slot, SlotOutcome } from '#worker/sandbox/slot.ts';
import { findProcess } from '#worker/sandbox/process-table.ts';
import { rejection } from '#test/support/rejection.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { isAlive, until } from '#test/support/until.ts';

const standIn = fileURLToPath(new URL('../../../support/runner-stand-in.ts', import.meta.url));

describe('a slot', () => {
  let scratch: ReturnType<typeof makeTemporaryFolder>;
  let slot: Slot;
  let logged: unknown[];
  let passDeadline: () => void;

  /** Its sleeps end when the test says so, or when they are given up. */
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        passDeadline = resolve;
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const note = (...words: unknown[]) => void logged.push(words);
  const log = { debug: note, warn: note, error: note } as never;

  beforeEach(async () => {
    logged = [];
    scratch = makeTemporaryFolder('with blank');
    slot = await openSlot({ scratchDir: scratch.path, clock, log, runnerEntry: standIn });
  });
  afterEach(async () => {
    await slot.close();
    scratch.remove();
  });

  async function run(
    manner: string,
    options: { signal?: AbortSignal; onProgress?: (progress: number) => void } = {},
  ) {
    const folder = await slot.prepare();
    await fs.writeFile(path.join(folder, 'in', '0'), 'input');
    return await slot.run(
      { inputs: [{ name: 'a.txt' }], steps: [{ operation: manner, params: {} }] },
      { deadlineMs: 5000, signal: new AbortController().signal, onProgress: () => {}, ...options },
    );
  }

  async function answerTo(manner: string): Promise<string> {
    expect((await run(manner)).type).to.equal('succeeded');
    return await text((await slot.openResult(0)).stream);
  }

  function codeOf(outcome: SlotOutcome): string {
    return outcome.type === 'failed' ? outcome.error.code : outcome.type;
  }

  it('gives results, and its runner stays warm from job to job', async () => {
    expect(await answerTo('answer-well')).to.equal('well');
    expect(await answerTo('tell-pid')).to.equal(await answerTo('tell-pid'));
  });

  it('starts each job with empty folders', async () => {
    await answerTo('answer-well');
    const folder = await slot.prepare();
    for (const name of ['in', 'out', 'work'])
      expect(await fs.readdir(path.join(folder, name))).to.deep.equal([]);
    expect((await fs.readdir(folder)).toSorted()).to.deep.equal(['in', 'out', 'work']);
  });

  it('shows progress that only rises', async () => {
    const seen: number[] = [];
    await run('progress-backwards', { onProgress: (progress) => seen.push(progress) });
    expect(seen).to.deep.equal([0.5, 0.5, 1]);
  });

  it('lets nothing of the worker’s environment through', async () => {
    process.env['INVITE_TOKENS'] = 'a-secret-of-the-worker';
    try {
      const fresh = await openSlot({ scratchDir: scratch.path, runnerEntry: standIn });
      await slot.close();
      slot = fresh;
      const environment = JSON.parse(await answerTo('tell-environment')) as object;
      expect(Object.keys(environment).toSorted()).to.deep.equal(['HOME', 'LANG', 'PATH', 'TMPDIR']);
    } finally {
      delete process.env['INVITE_TOKENS'];
    }
  });

  it('kills the runner and its children when the deadline passes', async () => {
    let child = 0;
    const outcome = await run('hang-with-child', {
      onProgress: () => {
        void slotFolder().then(async (folder) => {
          child = Number(await fs.readFile(path.join(folder, 'work', 'child'), 'utf8'));
          passDeadline();
        });
      },
    });
    expect(codeOf(outcome)).to.equal('engine_timeout');
    expect(child).to.be.above(0);
    expect(outcome).to.have.nested.property('error.retryable', true);
    // Whoever inherits it may be slow to collect it.
    await until('the child has ended', () => findProcess(child)?.ended !== false);
    expect(await answerTo('answer-well')).to.equal('well');
  });

  it('kills the runner and its children when it is told to stop', async () => {
    const stop = new AbortController();
    const before = await answerTo('tell-pid');
    const outcome = await run('hang', { signal: stop.signal, onProgress: () => stop.abort() });
    expect(outcome.type).to.equal('stopped');
    expect(isAlive(Number(before))).to.equal(false);
    expect(await answerTo('tell-pid')).not.to.equal(before);
  });

  it('does not start what was stopped before', async () => {
    expect((await run('answer-well', { signal: AbortSignal.abort() })).type).to.equal('stopped');
  });

  for (const manner of ['crash', 'exit-well', 'close-its-mouth']) {
    it(`calls it a crash when the runner goes (${manner}), and opens another for the next job`, async () => {
      expect(codeOf(await run(manner))).to.equal('engine_crashed');
      expect(await answerTo('answer-well')).to.equal('well');
    });
  }

  for (const manner of [
    'speak-nonsense',
    'never-end-a-line',
    'claim-nothing-there',
    'claim-odd-name',
    'link-a-result',
    'link-the-folder',
    'share-a-result',
    'leave-a-folder',
  ]) {
    it(`does not believe a runner that misbehaves (${manner}), and replaces it`, async () => {
      const before = await answerTo('tell-pid');
      expect(codeOf(await run(manner))).to.equal('engine_failed');
      expect(isAlive(Number(before))).to.equal(false);
      expect(await answerTo('answer-well')).to.equal('well');
    });
  }

  it('opens no link as a result, however it came there', async () => {
    const folder = await slot.prepare();
    await fs.symlink('/etc/passwd', path.join(folder, 'out', '0'));
    expect(await rejection(slot.openResult(0))).to.have.property('code', 'ELOOP');
  });

  it('follows no link when it empties its folder', async () => {
    const folder = await slot.prepare();
    const outside = path.join(scratch.path, 'outside');
    await fs.mkdir(outside);
    await fs.writeFile(path.join(outside, 'kept'), '');
    await fs.symlink(outside, path.join(folder, 'work', 'link'));
    await fs.rm(path.join(folder, 'out'), { recursive: true });
    await fs.symlink(outside, path.join(folder, 'out'));
    await slot.prepare();
    expect(await fs.readdir(outside)).to.deep.equal(['kept']);
  });

  it('stops a running job when it is closed, leaves nothing, and closes twice', async () => {
    const running = run('hang', { onProgress: () => void slot.close() });
    expect((await running).type).to.equal('stopped');
    await slot.close();
    expect(await fs.readdir(scratch.path)).to.deep.equal([]);
  });

  it('says why a runner does not start, and leaves nothing', async () => {
    const entry = path.join(scratch.path, 'broken.ts');
    await fs.writeFile(entry, 'throw new Error("no such library");');
    const empty = path.join(scratch.path, 'empty');
    const error = await rejection(openSlot({ scratchDir: empty, runnerEntry: entry }));
    expect(String(error)).to.match(/did not start.*exit code 1.*no such library/s);
    expect(await fs.readdir(empty)).to.deep.equal([]);
  });

  it('fails the job, once, when the next runner does not start', async () => {
    const entry = path.join(scratch.path, 'once.ts');
    await fs.copyFile(standIn, entry);
    const once = await openSlot({ scratchDir: scratch.path, log, runnerEntry: entry });
    try {
      await once.prepare();
      const options = { deadlineMs: 5000, signal: new AbortController().signal, onProgress: () => {} };
      const task = { inputs: [], steps: [{ operation: 'crash', params: {} }] };
      expect(codeOf(await once.run(task, options))).to.equal('engine_crashed');
      await fs.writeFile(entry, 'throw new Error("no such library");');
      expect(codeOf(await once.run(task, options))).to.equal('engine_failed');
      expect(JSON.stringify(logged)).to.contain('a slot has no runner');
    } finally {
      await once.close();
    }
  });

  async function slotFolder(): Promise<string> {
    const [name = ''] = (await fs.readdir(scratch.path)).filter((entry) => entry.startsWith('slot-'));
    return path.join(scratch.path, name);
  }
});
