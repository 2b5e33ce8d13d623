// Protects: what a worker does with one message: the message goes only when its job has ended, results are under the claim's
// own path and hash to what is committed, failures spend attempts, shutdowns do not, and nobody works without a claim.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Clock } from '#shared/clock.ts';
import type { Context } from '#shared/context.ts';
import { cancelJob } from '#shared/job/cancel-job.ts';
import { claimJob } from '#shared/job/claim-job.ts';
import { jobError } from '#shared/job/job-error.ts';
import { deadLetterPartition } from '#shared/job/finish-after-effects.ts';
import { inputPath, resultPath } from '#shared/job/job-folder.ts';
import type { Job } from '#shared/job/job.ts';
import { readJob } from '#shared/job/read-job.ts';
import type { Message } from '#shared/queue/job-queue.ts';
import { copyFirstInput, makeFakeSlot, untilStopped } from '#test/support/fake-slot.ts';
import type { FakeSlot } from '#test/support/fake-slot.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { expectBooksToAddUp, readLedger } from '#test/support/read-ledger.ts';
import { acceptSampleJob } from '#test/support/submit-sample-job.ts';
import type { AcceptedJob } from '#test/support/submit-sample-job.ts';
import type { SlotOutcome, SlotRunOptions } from '#worker/sandbox/slot.ts';
import { executeJob } from '#worker/execute-job.ts';

const never = new AbortController().signal;

describe('executing a job', () => {
  let test: TestContext;
  let context: Context;
  let accepted: AcceptedJob;
  const slots: FakeSlot[] = [];

  beforeEach(async () => {
    test = await openTestContext({ ATTEMPTS_MAX: '2' });
    // No luck in the length of a backoff: the shortest.
    context = { ...test.context, chance: { ...test.context.chance, fraction: () => 0 } };
    accepted = await acceptSampleJob(context);
  });
  afterEach(async () => {
    await Promise.all(slots.splice(0).map((slot) => slot.close()));
    await test.remove();
  });

  async function execute(
    run: (folder: string, options: SlotRunOptions) => Promise<SlotOutcome>,
    options: { readonly message?: Message; readonly stop?: AbortSignal; readonly context?: Context } = {},
  ): Promise<Job> {
    const slot = await makeFakeSlot(run);
    slots.push(slot);
    await executeJob(
      options.context ?? context,
      options.message ?? accepted.message,
      slot,
      options.stop ?? never,
    );
    return job();
  }

  const job = async () => (await readJob(context, accepted.caller.account, accepted.stored.job.id)).job;
  const kinds = async () => (await readLedger(context, accepted.caller.account)).map(({ kind }) => kind);
  const depth = () => context.queue.depth('images');
  const fail = (code: 'engine_failed' | 'corrupt_file') => async (): Promise<SlotOutcome> => ({
    type: 'failed',
    error: jobError(code),
  });

  it('that succeeds stores its result, charges once and acknowledges', async () => {
    const done = await execute(copyFirstInput);
    expect(done).to.include({ status: 'succeeded', charged: 1, progress: 1 });
    expect(done.warnings).to.deep.equal(['a warning']);
    const content = await context.blobs.read(resultPath(done.folder, done.resultsClaim ?? '', 0));
    const bytes = content ? await buffer(content.stream) : Buffer.alloc(0);
    expect(bytes.toString()).to.equal('an input');
    expect(done.results[0]).to.include({
      bytes: 8,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await depth()).to.equal(0);
    expect(await kinds()).to.deep.equal(['allowance', 'hold', 'capture']);
  });

  for (const [what, run] of [
    ['succeeds', copyFirstInput],
    ['fails', fail('corrupt_file')],
    ['cannot be worked on', () => Promise.reject(new Error('broken'))],
  ] as const)
    it(`that ${what} leaves no file in the slot`, async () => {
      await execute(run);
      const left = await fs.readdir(slots[0]?.folder ?? '', { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile())).to.deep.equal([]);
    });

  it('with a bad file fails at once, released, with no dead letter', async () => {
    const done = await execute(fail('corrupt_file'));
    expect(done).to.include({ status: 'failed', charged: 0, attempts: 0 });
    expect(done.error?.code).to.equal('corrupt_file');
    expect(await depth()).to.equal(0);
    expect((await context.records.list(deadLetterPartition('images'), { limit: 10 })).records).to.deep.equal(
      [],
    );
    expect(await kinds()).to.deep.equal(['allowance', 'hold', 'release']);
  });

  it('that an engine fails is tried again later, then dead-lettered', async () => {
    expect(await execute(fail('engine_failed'))).to.include({ status: 'queued', attempts: 1 });
    expect(await depth()).to.equal(1);
    const again = await redeliver();
    const done = await execute(fail('engine_failed'), { message: again });
    expect(done).to.include({ status: 'failed', charged: 0 });
    expect(done.after).to.deep.equal([]);
    const dead = await context.records.list(deadLetterPartition('images'), { limit: 10 });
    expect(dead.records[0]?.fields).to.include({ account: accepted.caller.account, code: 'engine_failed' });
    expect(await depth()).to.equal(0);
    await expectBooksToAddUp(context, accepted.caller.account);
  });

  it('whose input is gone fails clearly', async () => {
    await context.blobs.delete(inputPath(accepted.stored.job.inputsFolder, 0));
    const done = await execute(copyFirstInput);
    expect(done.error).to.include({ code: 'input_lost', input: 0 });
  });

  it('on a platform that breaks under it spends an attempt, loses nothing and says nothing of the inside', async () => {
    const broken: Context = {
      ...context,
      blobs: { ...context.blobs, write: () => Promise.reject(new Error('no space left on /secret/path')) },
    };
    const done = await execute(copyFirstInput, { context: broken });
    expect(done).to.include({ status: 'queued', attempts: 1 });
    expect(JSON.stringify(done)).not.to.contain('secret');
  });

  it('by a worker that shuts down is given back unharmed, and visible at once', async () => {
    const stop = new AbortController();
    const running = execute(
      (_folder, options) => {
        stop.abort();
        return untilStopped(options);
      },
      { stop: stop.signal },
    );
    expect(await running).to.include({ status: 'queued', attempts: 0, lostClaims: 0 });
    const again = await redeliver();
    expect(await execute(copyFirstInput, { message: again })).to.include({ status: 'succeeded', epoch: 2 });
  });

  it('that is canceled meanwhile stops at the next renewal and leaves the message to be acknowledged', async () => {
    const impatient: Context = { ...context, clock: withoutWaiting(context.clock) };
    const running = execute(
      async (_folder, options) => {
        await cancelJob(context, accepted.caller.account, accepted.stored.job.id);
        return untilStopped(options);
      },
      { context: impatient },
    );
    expect((await running).status).to.equal('canceled');
    const again = await redeliver();
    await execute(copyFirstInput, { message: again });
    expect(await depth()).to.equal(0);
    expect(await kinds()).to.deep.equal(['allowance', 'hold', 'release']);
  });

  it('whose result comes after the lease was lost is refused, counted, and leaves the successor its job', async () => {
    await execute(async (folder) => {
      test.advance(context.config.jobs.leaseSeconds * 1000 + 1);
      const successor = await claimJob(context, {
        account: accepted.caller.account,
        job: accepted.stored.job.id,
      });
      expect(successor.type).to.equal('claimed');
      return copyFirstInput(folder);
    });
    expect(await job()).to.include({ status: 'running', epoch: 2 });
    expect((await context.metrics.commitsRefused.get()).values[0]?.value).to.equal(1);
    expect(await kinds()).to.deep.equal(['allowance', 'hold']);
  });

  it('twice at once works on it once', async () => {
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const first = execute(async (folder) => {
      runs += 1;
      await gate.promise;
      return copyFirstInput(folder);
    });
    const second = execute(async (folder) => {
      runs += 1;
      return copyFirstInput(folder);
    });
    await second;
    gate.resolve();
    await first;
    expect(runs).to.equal(1);
    expect(await kinds()).to.deep.equal(['allowance', 'hold', 'capture']);
  });

  it('drops a message that is not ours, and leaves one of a newer version', async () => {
    await context.queue.send('images', 'not json', 0);
    await execute(copyFirstInput, { message: await redeliver() });
    await context.queue.send('images', JSON.stringify({ v: 2, account: 'x', job: 'y' }), 0);
    await execute(copyFirstInput, { message: await redeliver() });
    expect(await depth()).to.equal(2);
  });

  /** The next visible message. */
  async function redeliver(): Promise<Message> {
    const [message] = await context.queue.receive('images', { max: 1, visibilityMs: 60_000, waitMs: 9000 });
    if (!message) throw new Error('no message came back');
    return message;
  }
});

/** Sleeps of a renewal pass at once; whoever waits still gives way to everyone else. */
function withoutWaiting(clock: Clock): Clock {
  return { ...clock, sleep: (_ms, signal) => clock.sleep(1, signal) };
}
