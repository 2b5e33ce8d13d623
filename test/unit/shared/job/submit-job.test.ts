// Protects: a request whose answers are lost on the way is accepted once or not at all, and what is not accepted leaves
// nothing behind, whatever failed.
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import type { Context } from '#shared/context.ts';
import { claimJob, recordMsMax } from '#shared/job/claim-job.ts';
import { listJobs, readJob } from '#shared/job/read-job.ts';
import { once, withFailingCommits, writesTo } from '#test/support/failing-ports.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { expectBooksToAddUp, readLedger } from '#test/support/read-ledger.ts';
import {
  receiveOne,
  registerSampleAccount,
  samplePrice,
  submitSampleJob,
} from '#test/support/submit-sample-job.ts';
import type { SampleCaller } from '#test/support/submit-sample-job.ts';

describe('submitting a job', () => {
  let test: TestContext;
  let context: Context;
  let caller: SampleCaller;

  beforeEach(async () => {
    test = await openTestContext();
    ({ context } = test);
    caller = await registerSampleAccount(context);
  });
  afterEach(() => test.remove());

  const kindsOf = async (account: string) => (await readLedger(context, account)).map(({ kind }) => kind);
  const held = async () => (await readBalance(context, caller.account)).held;
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no error',
      (error) => error.code,
    );

  it('queues, holds and announces it', async () => {
    const { stored } = await submitSampleJob(context, caller);
    const message = await receiveOne(context);
    expect(stored.job).to.include({ status: 'queued', account: caller.account, attempts: 0, epoch: 0 });
    expect(JSON.parse(message.body)).to.deep.equal({ v: 1, account: caller.account, job: stored.job.id });
    const balance = await readBalance(context, caller.account);
    expect(balance).to.include({ held: samplePrice, jobsActive: 1 });
    await expectBooksToAddUp(context, caller.account);
  });

  it('twice under one Idempotency-Key is one job, and the second upload goes', async () => {
    const first = await submitSampleJob(context, caller, { idempotencyKey: 'k' });
    const second = await submitSampleJob(context, caller, { idempotencyKey: 'k' });
    expect(second.repeated).to.equal(true);
    expect(second.stored.job.id).to.equal(first.stored.job.id);
    expect(await context.queue.depth('images')).to.equal(1);
    expect(await test.blobPaths()).to.have.lengthOf(2);
    expect(await kindsOf(caller.account)).to.deep.equal(['allowance', 'hold']);
  });

  it('ten times at once under one Idempotency-Key is one job', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, () => submitSampleJob(context, caller, { idempotencyKey: 'k' })),
    );
    expect(new Set(all.map(({ stored }) => stored.job.id)).size).to.equal(1);
    expect(await context.queue.depth('images')).to.equal(1);
    expect(await test.blobPaths()).to.have.lengthOf(2);
    await expectBooksToAddUp(context, caller.account);
  });

  it('with other bytes under the same Idempotency-Key is refused and leaves nothing', async () => {
    await submitSampleJob(context, caller, { idempotencyKey: 'k' });
    const second = submitSampleJob(context, caller, { idempotencyKey: 'k', text: 'other bytes' });
    expect(await codeOf(second)).to.equal('idempotency_mismatch');
    expect(await test.blobPaths()).to.have.lengthOf(2);
  });

  it('without credits is refused and leaves nothing', async () => {
    const poor = await openTestContext({ MONTHLY_ALLOWANCE_CREDITS: '0' });
    try {
      const beggar = await registerSampleAccount(poor.context);
      expect(await codeOf(submitSampleJob(poor.context, beggar))).to.equal('insufficient_credits');
      expect(await poor.context.queue.depth('images')).to.equal(0);
      expect((await listJobs(poor.context, beggar.account, { limit: 10 })).jobs).to.deep.equal([]);
      expect(await poor.blobPaths()).to.deep.equal([]);
    } finally {
      await poor.remove();
    }
  });

  it('by many at once never spends more than there is', async () => {
    const small = await openTestContext({ MONTHLY_ALLOWANCE_CREDITS: '3' });
    try {
      const spender = await registerSampleAccount(small.context);
      const codes = await Promise.all(
        Array.from({ length: 8 }, () => codeOf(submitSampleJob(small.context, spender))),
      );
      expect(codes.filter((code) => code === 'no error')).to.have.lengthOf(3);
      expect(codes.filter((code) => code === 'insufficient_credits')).to.have.lengthOf(5);
      await expectBooksToAddUp(small.context, spender.account);
    } finally {
      await small.remove();
    }
  });

  it('whose answer from the store was lost is accepted, once', async () => {
    const lossy = withFailingCommits(context, once('answer lost', writesTo('job:')));
    const { stored } = await submitSampleJob(lossy, caller);
    expect((await readJob(context, caller.account, stored.job.id)).job.status).to.equal('queued');
    expect(await held()).to.equal(1);
    expect(await test.blobPaths()).to.have.lengthOf(2);
  });

  it('that the store refused is known not to be accepted only when the record says so', async () => {
    const away = withFailingCommits(context, once('refused', writesTo('job:')));
    expect(await codeOf(submitSampleJob(away, caller))).to.equal('unavailable');
    expect(await held()).to.equal(0);
    expect(await context.queue.depth('images')).to.equal(1);
  });

  it('through a store that repeats commits keeps its inputs and its message', async () => {
    const repeating = withFailingCommits(context, once('repeated', writesTo('job:')));
    const { stored, repeated } = await submitSampleJob(repeating, caller, { idempotencyKey: 'k' });
    expect(repeated).to.equal(false);
    expect(await context.queue.depth('images')).to.equal(1);
    expect(await test.blobPaths()).to.have.lengthOf(2);
    expect((await claimJob(context, { account: caller.account, job: stored.job.id })).type).to.equal(
      'claimed',
    );
    await expectBooksToAddUp(context, caller.account);
  });

  it('that fails before its commit leaves nothing, and says that nothing was charged', async () => {
    const full: Context = {
      ...context,
      queue: { ...context.queue, send: () => Promise.reject(new Error('no space left')) },
    };
    expect(await codeOf(submitSampleJob(full, caller))).to.equal('unavailable');
    expect(await test.blobPaths()).to.deep.equal([]);
    expect(await held()).to.equal(0);
  });

  it('that was given up for lost meanwhile is not accepted', async () => {
    const slow: Context = {
      ...context,
      queue: {
        ...context.queue,
        send: async (lane, body, hiddenMs) => {
          const receipt = await context.queue.send(lane, body, hiddenMs);
          test.advance(recordMsMax + context.config.limits.transferSecondsMax * 1000 + 1);
          await claimJob(context, JSON.parse(body));
          return receipt;
        },
      },
    };
    expect(await codeOf(submitSampleJob(slow, caller))).to.equal('unavailable');
    expect(await held()).to.equal(0);
    expect(await context.queue.depth('images')).to.equal(0);
  });

  it('after days of standing still is not accepted, even with its void record gone', async () => {
    const frozen: Context = {
      ...context,
      queue: {
        ...context.queue,
        send: async (...message) => {
          test.advance(context.config.jobs.ttlSeconds * 1000);
          return context.queue.send(...message);
        },
      },
    };
    expect(await codeOf(submitSampleJob(frozen, caller))).to.equal('unavailable');
    expect(await held()).to.equal(0);
  });
});
