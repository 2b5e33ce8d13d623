// Protects: a request whose answers are lost on the way is accepted once or not at all, and what is not accepted leaves
// nothing behind, whatever failed.
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import type { Context } from '#shared/context.ts';
import { claimJob, recordMsMax } from '#shared/job/claim-job.ts';
import { readJob } from '#shared/job/read-job.ts';
import { once, withFailingCommits, writesTo } from '#test/support/failing-ports.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { expectBooksToAddUp } from '#test/support/read-ledger.ts';
import { registerSampleAccount, submitSampleJob } from '#test/support/submit-sample-job.ts';
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

  const held = async () => (await readBalance(context, caller.account)).held;
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no error',
      (error) => error.code,
    );

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
