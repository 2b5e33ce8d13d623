// Protects: the job protocol on the real embedded drivers. One accepted job ends once and is charged once, whoever claims,
// cancels, loses or repeats it.
import { expect } from 'chai';
import type { Context } from '#shared/context.ts';
import { cancelJob } from '#shared/job/cancel-job.ts';
import { claimJob, recordMsMax } from '#shared/job/claim-job.ts';
import { deleteJob } from '#shared/job/delete-job.ts';
import { giveBackJob, renewClaim, retryJob } from '#shared/job/hold-claim.ts';
import { inputPath } from '#shared/job/job-folder.ts';
import { createJobId } from '#shared/job/job-id.ts';
import { insertJob } from '#shared/job/job-record.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import { listJobs, readJob, waitForJob } from '#shared/job/read-job.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { expectBooksToAddUp, readLedger } from '#test/support/read-ledger.ts';
import {
  acceptSampleJob,
  receiveOne,
  registerSampleAccount,
  samplePrice,
  submitSampleJob,
} from '#test/support/submit-sample-job.ts';

const leaseMs = 30_000;
const succeeded = { status: 'succeeded', results: [], warnings: [] } as const;
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => error.code,
  );

describe('a job', () => {
  let test: TestContext;
  let context: Context;

  beforeEach(async () => {
    test = await openTestContext({ LEASE_SECONDS: String(leaseMs / 1000), LOST_CLAIMS_MAX: '3' });
    ({ context } = test);
  });
  afterEach(() => test.remove());

  async function claimed(account: string, job: string): Promise<StoredJob> {
    const outcome = await claimJob(context, { account, job });
    if (outcome.type !== 'claimed') throw new Error(`not claimed but ${outcome.type}`);
    return outcome.stored;
  }

  const kindsOf = async (account: string) => (await readLedger(context, account)).map(({ kind }) => kind);

  describe('claimed', () => {
    it('is running, under a fresh claim', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const { job } = await claimed(caller.account, stored.job.id);
      expect(job).to.include({ status: 'running', epoch: 1, lostClaims: 0 });
      expect(job.claim?.leaseEnd).to.be.greaterThan(context.records.now());
    });

    it('is never stolen while its lease lives', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      await claimed(caller.account, stored.job.id);
      const second = await claimJob(context, { account: caller.account, job: stored.job.id });
      expect(second.type).to.equal('later');
      expect(second).to.have.property('ms').within(1, leaseMs);
    });

    it('is claimed anew once its lease has run out, at the price of a lost claim and no attempt', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const first = await claimed(caller.account, stored.job.id);
      test.advance(leaseMs + 1);
      const second = await claimed(caller.account, stored.job.id);
      expect(second.job).to.include({ epoch: 2, lostClaims: 1, attempts: 0 });
      expect(second.job.claim?.id).not.to.equal(first.job.claim?.id);
    });

    it('by two at once is claimed by one', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const reminder = { account: caller.account, job: stored.job.id };
      const outcomes = await Promise.all([1, 2, 3, 4].map(() => claimJob(context, reminder)));
      expect(outcomes.filter(({ type }) => type === 'claimed')).to.have.lengthOf(1);
    });

    it('and renewed holds for another whole lease', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const first = await claimed(caller.account, stored.job.id);
      test.advance(leaseMs - 5000);
      const renewed = await renewClaim(context, first, 0.5);
      expect(renewed.type).to.equal('held');
      test.advance(leaseMs - 5000);
      expect((await claimJob(context, { account: caller.account, job: stored.job.id })).type).to.equal(
        'later',
      );
      expect((await readJob(context, caller.account, stored.job.id)).job.progress).to.equal(0.5);
    });

    it('past the cap of lost claims ends as failed, released, with a dead letter due', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      for (let lost = 0; lost < 3; lost += 1) {
        await claimed(caller.account, stored.job.id);
        test.advance(leaseMs + 1);
      }
      const outcome = await claimJob(context, { account: caller.account, job: stored.job.id });
      expect(outcome.type).to.equal('ended');
      const { job } = await readJob(context, caller.account, stored.job.id);
      expect(job).to.include({ status: 'failed', charged: 0 });
      expect(job.error?.code).to.equal('claims_lost');
      expect(job.after).to.deep.equal(['dead-letter']);
      expect(await kindsOf(caller.account)).to.deep.equal(['allowance', 'hold', 'release']);
    });

    it('after its expiry ends as expired_in_queue, released', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      test.advance(stored.job.expiresAt - context.records.now() + 1);
      expect((await claimJob(context, { account: caller.account, job: stored.job.id })).type).to.equal(
        'ended',
      );
      const { job } = await readJob(context, caller.account, stored.job.id);
      expect(job.error?.code).to.equal('expired_in_queue');
      expect(await kindsOf(caller.account)).to.include('release');
    });
  });

  describe('without a record', () => {
    it('is waited for, then void, and a late commit can no longer be accepted', async () => {
      const { account } = await registerSampleAccount(context);
      const job = createJobId(context.records.now(), context.chance);
      expect((await claimJob(context, { account, job })).type).to.equal('later');
      test.advance(recordMsMax + context.config.limits.transferSecondsMax * 1000 + 1);
      expect((await claimJob(context, { account, job })).type).to.equal('void');
      expect(await codeOf(readJob(context, account, job))).to.equal('job_not_found');
      expect((await listJobs(context, account, { limit: 10 })).jobs).to.deep.equal([]);
    });
  });

  describe('settled', () => {
    it('is charged once, however often it is tried', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const held = await claimed(caller.account, stored.job.id);
      const outcomes = await Promise.all([
        settleJob(context, held, succeeded),
        settleJob(context, held, succeeded),
      ]);
      expect(outcomes.map(({ type }) => type).toSorted()).to.deep.equal(['refused', 'settled']);
      expect(await kindsOf(caller.account)).to.deep.equal(['allowance', 'hold', 'capture']);
      expect((await readJob(context, caller.account, stored.job.id)).job).to.include({
        status: 'succeeded',
        charged: samplePrice,
      });
      await expectBooksToAddUp(context, caller.account);
    });

    it('by a zombie is refused: its successor holds the job', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const zombie = await claimed(caller.account, stored.job.id);
      test.advance(leaseMs + 1);
      const successor = await claimed(caller.account, stored.job.id);
      expect((await settleJob(context, zombie, succeeded)).type).to.equal('refused');
      expect((await renewClaim(context, zombie, 1)).type).to.equal('lost');
      expect((await settleJob(context, successor, succeeded)).type).to.equal('settled');
    });

    it('is recognised as done by this very call when the answer of the store was lost', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const held = await claimed(caller.account, stored.job.id);
      const deaf: Context = {
        ...context,
        records: {
          ...context.records,
          commit: async (partition, writes) => {
            await context.records.commit(partition, writes);
            throw new Error('the answer was lost');
          },
        },
      };
      const outcome = await settleJob(deaf, held, succeeded);
      expect(outcome.type).to.equal('settled');
      expect(await kindsOf(caller.account)).to.deep.equal(['allowance', 'hold', 'capture']);
    });

    it('counts in the usage of its day, operation and key', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      await settleJob(context, await claimed(caller.account, stored.job.id), succeeded);
      const page = await context.records.list(caller.account, {
        from: 'usage:',
        below: 'usage:~',
        limit: 10,
      });
      expect(page.records.map(({ fields }) => fields)).to.deep.equal([
        { succeeded: 1, failed: 0, canceled: 0, credits: samplePrice, inputBytes: 8 },
      ]);
    });

    it('wakes whoever waits for it', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const held = await claimed(caller.account, stored.job.id);
      const waiting = waitForJob(context, caller.account, stored.job.id, 60_000);
      await settleJob(context, held, succeeded);
      expect((await waiting).job.status).to.equal('succeeded');
    });
  });

  describe('put back', () => {
    it('for another attempt counts it, and is not claimed before its time', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const held = await claimed(caller.account, stored.job.id);
      await retryJob(context, held, context.records.now() + 5000);
      const early = await claimJob(context, { account: caller.account, job: stored.job.id });
      expect(early.type).to.equal('later');
      test.advance(5001);
      expect((await claimed(caller.account, stored.job.id)).job).to.include({
        attempts: 1,
        epoch: 2,
        lostClaims: 0,
      });
    });

    it('by a worker that shuts down costs neither an attempt nor a lost claim', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      await giveBackJob(context, await claimed(caller.account, stored.job.id));
      expect((await claimed(caller.account, stored.job.id)).job).to.include({
        attempts: 0,
        lostClaims: 0,
        epoch: 2,
      });
    });
  });

  describe('canceled', () => {
    it('while queued is released, and its message finds it ended', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      expect((await cancelJob(context, caller.account, stored.job.id)).job.status).to.equal('canceled');
      expect((await claimJob(context, { account: caller.account, job: stored.job.id })).type).to.equal(
        'ended',
      );
      expect(await kindsOf(caller.account)).to.deep.equal(['allowance', 'hold', 'release']);
    });

    it('while running takes the job from its worker', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const held = await claimed(caller.account, stored.job.id);
      await cancelJob(context, caller.account, stored.job.id);
      expect((await renewClaim(context, held, 0.1)).type).to.equal('lost');
      expect((await settleJob(context, held, succeeded)).type).to.equal('refused');
      await expectBooksToAddUp(context, caller.account);
    });

    it('against a result: the first wins, and the books show one ending', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      const held = await claimed(caller.account, stored.job.id);
      await Promise.allSettled([
        settleJob(context, held, succeeded),
        cancelJob(context, caller.account, stored.job.id),
      ]);
      const kinds = await kindsOf(caller.account);
      expect(kinds).to.have.lengthOf(3);
      const { job } = await readJob(context, caller.account, stored.job.id);
      expect(kinds[2]).to.equal(job.status === 'succeeded' ? 'capture' : 'release');
    });

    it('twice is one cancel; after success it is refused', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      await cancelJob(context, caller.account, stored.job.id);
      expect((await cancelJob(context, caller.account, stored.job.id)).job.status).to.equal('canceled');
      const other = await submitSampleJob(context, caller);
      await settleJob(context, await claimed(caller.account, other.stored.job.id), succeeded);
      expect(await codeOf(cancelJob(context, caller.account, other.stored.job.id))).to.equal('job_finished');
    });
  });

  describe('deleted', () => {
    it('leaves no name, no param and no bytes, and its Idempotency-Key makes no second job', async () => {
      const caller = await registerSampleAccount(context);
      const { stored } = await submitSampleJob(context, caller, { idempotencyKey: 'k' });
      await cancelJob(context, caller.account, stored.job.id);
      await deleteJob(context, caller.account, stored.job.id);
      expect(await codeOf(readJob(context, caller.account, stored.job.id))).to.equal('job_deleted');
      const rows = await context.records.list(caller.account, { limit: 100 });
      expect(JSON.stringify(rows.records)).not.to.contain('a.jpg');
      expect(await context.blobs.read(inputPath(stored.job.inputsFolder, 0))).to.equal(undefined);
      expect(await codeOf(submitSampleJob(context, caller, { idempotencyKey: 'k' }))).to.equal('job_deleted');
      await deleteJob(context, caller.account, stored.job.id);
    });

    it('is refused before it has ended', async () => {
      const { caller, stored } = await acceptSampleJob(context);
      expect(await codeOf(deleteJob(context, caller.account, stored.job.id))).to.equal('job_not_finished');
    });
  });

  it('of another account does not exist', async () => {
    const { stored } = await acceptSampleJob(context);
    const stranger = await registerSampleAccount(context);
    expect(await codeOf(readJob(context, stranger.account, stored.job.id))).to.equal('job_not_found');
    expect(await codeOf(cancelJob(context, stranger.account, stored.job.id))).to.equal('job_not_found');
    expect(await codeOf(deleteJob(context, stranger.account, stored.job.id))).to.equal('job_not_found');
  });

  it('is listed with the others, newest first, page by page', async () => {
    const caller = await registerSampleAccount(context);
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await submitSampleJob(context, caller)).stored.job.id);
      await receiveOne(context);
      test.advance(1);
    }
    const first = await listJobs(context, caller.account, { limit: 3 });
    const second = await listJobs(context, caller.account, {
      limit: 3,
      ...(first.next ? { cursor: first.next } : {}),
    });
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).to.deep.equal(ids);
    expect(second.next).to.equal(undefined);
  });

  it('is found by its status in a long history, a bounded part at a time', async () => {
    const caller = await registerSampleAccount(context);
    const { stored } = await submitSampleJob(context, caller);
    await cancelJob(context, caller.account, stored.job.id);
    const { job } = await readJob(context, caller.account, stored.job.id);
    for (let block = 0; block < 12; block += 1) {
      const ids = Array.from({ length: 99 }, () => createJobId(context.records.now() + 1000, context.chance));
      await context.records.commit(
        caller.account,
        ids.map((id) => insertJob({ ...job, id, status: 'failed' })),
      );
    }
    const first = await listJobs(context, caller.account, { limit: 5, status: 'canceled' });
    expect(first.jobs).to.deep.equal([]);
    const rest = { limit: 5, status: 'canceled', cursor: first.next ?? '' } as const;
    const second = await listJobs(context, caller.account, rest);
    expect(second.jobs.map(({ id }) => id)).to.deep.equal([job.id]);
    expect(second.next).to.equal(undefined);
  });
});
