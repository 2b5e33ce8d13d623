// Protects: a worker takes no more messages than it has free slots, and does not run through a queue that it can do nothing with.
import { expect } from 'chai';
import type { Context } from '#shared/context.ts';
import { copyFirstInput, makeFakeSlot } from '#test/support/fake-slot.ts';
import type { FakeSlot } from '#test/support/fake-slot.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { registerSampleAccount, submitSampleJob } from '#test/support/submit-sample-job.ts';
import { waitForJob } from '#shared/job/read-job.ts';
import { consumeLane } from '#worker/consume.ts';

const jobs = 6;

describe('consuming a lane', () => {
  let test: TestContext;
  let context: Context;
  let ids: string[];
  let account: string;
  const slots: FakeSlot[] = [];
  let receiving: AbortController;

  beforeEach(async () => {
    test = await openTestContext();
    ({ context } = test);
    receiving = new AbortController();
    const caller = await registerSampleAccount(context);
    ({ account } = caller);
    ids = [];
    for (let count = 0; count < jobs; count += 1)
      ids.push((await submitSampleJob(context, caller)).stored.job.id);
  });
  afterEach(async () => {
    await Promise.all(slots.splice(0).map((slot) => slot.close()));
    await test.remove();
  });

  const consume = (ports: Context) =>
    consumeLane(ports, 'images', slots, {
      receiving: receiving.signal,
      working: new AbortController().signal,
    });

  it('works on as many jobs at once as it has slots, and ends them all', async () => {
    let atOnce = 0;
    let most = 0;
    const run = async (folder: string) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      const done = await copyFirstInput(folder);
      atOnce -= 1;
      return done;
    };
    slots.push(await makeFakeSlot(run), await makeFakeSlot(run));
    const consumed = consume(context);
    for (const id of ids)
      expect((await waitForJob(context, account, id, 10_000)).job.status).to.equal('succeeded');
    receiving.abort();
    await consumed;
    expect(most).to.be.within(1, 2);
    expect(await context.queue.depth('images')).to.equal(0);
  });

  it('takes one message for each slot and then pauses while the records are away', async () => {
    slots.push(await makeFakeSlot(copyFirstInput));
    const paused = Promise.withResolvers<number>();
    const away: Context = {
      ...context,
      records: { ...context.records, get: () => Promise.reject(new Error('the store is away')) },
      clock: {
        ...context.clock,
        sleep: (ms, signal) => {
          paused.resolve(ms);
          return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
        },
      },
    };
    const consumed = consume(away);
    expect(await paused.promise).to.be.at.least(500);
    const others = await context.queue.receive('images', { max: 32, visibilityMs: 1000, waitMs: 0 });
    expect(others).to.have.lengthOf(jobs - 1);
    receiving.abort();
    await consumed;
  });
});
