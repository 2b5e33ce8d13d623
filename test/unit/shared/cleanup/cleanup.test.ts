// Protects: nothing is kept past its time, and nothing goes before it: not while a transfer may still run, not under a live
// claim, not a record before its day of grace.
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { runCleanup } from '#shared/cleanup/run-cleanup.ts';
import { cleanupIfDue } from '#shared/cleanup/schedule-cleanup.ts';
import type { Context } from '#shared/context.ts';
import { claimJob, recordMsMax } from '#shared/job/claim-job.ts';
import { renewClaim } from '#shared/job/hold-claim.ts';
import { resultPath } from '#shared/job/job-folder.ts';
import { createJobId } from '#shared/job/job-id.ts';
import { findJob, readJob } from '#shared/job/read-job.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import { recordMsAfterExpiry } from '#shared/job/tombstone.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { expectBooksToAddUp } from '#test/support/read-ledger.ts';
import {
  acceptSampleJob,
  registerSampleAccount,
  submitSampleJob,
  uploadSampleInput,
} from '#test/support/submit-sample-job.ts';

const hourMs = 3600 * 1000;
const transferMs = hourMs;

describe('cleanup', () => {
  let test: TestContext;
  let context: Context;

  beforeEach(async () => {
    test = await openTestContext({ TRANSFER_SECONDS_MAX: String(transferMs / 1000) });
    ({ context } = test);
  });
  afterEach(() => test.remove());

  /** Past the expiry, the rest of its hour and the longest transfer. */
  function advancePast(expiresAt: number): void {
    test.advance(expiresAt - context.records.now() + hourMs + transferMs);
  }

  async function succeed(account: string, id: string): Promise<void> {
    const outcome = await claimJob(context, { account, job: id });
    if (outcome.type !== 'claimed') throw new Error(outcome.type);
    const { job } = outcome.stored;
    await context.blobs.write(
      resultPath(job.folder, job.claim?.id ?? '', 0),
      Readable.from([Buffer.from('result')]),
    );
    const results = [{ name: 'a.png', mediaType: 'image/png', bytes: 6, sha256: '' }];
    await settleJob(context, outcome.stored, { status: 'succeeded', results, warnings: [] });
  }

  it('leaves everything until the expiry hour and the longest transfer are over', async () => {
    const { caller, stored } = await acceptSampleJob(context);
    await succeed(caller.account, stored.job.id);
    test.advance(stored.job.expiresAt - context.records.now() + transferMs - 1);
    await runCleanup(context);
    expect(await test.blobPaths()).to.have.lengthOf(3);
  });

  it('then removes results and inputs, and marks the job expired', async () => {
    const { caller, stored } = await acceptSampleJob(context);
    await succeed(caller.account, stored.job.id);
    advancePast(stored.job.expiresAt);
    expect(await runCleanup(context)).to.deep.equal({
      jobsExpired: 1,
      recordsRemoved: 0,
      blobsRemoved: 3,
      failures: 0,
    });
    expect(await test.blobPaths()).to.have.lengthOf(1);
    const { job } = await readJob(context, caller.account, stored.job.id);
    expect(job.status).to.equal('expired');
    expect(job.results).to.have.lengthOf(1);
  });

  it('a day later removes the record, its guards and the last blob', async () => {
    const caller = await registerSampleAccount(context);
    const { stored } = await submitSampleJob(context, caller, { idempotencyKey: 'k' });
    await succeed(caller.account, stored.job.id);
    advancePast(stored.job.expiresAt);
    await runCleanup(context);
    test.advance(recordMsAfterExpiry + hourMs + transferMs);
    expect((await runCleanup(context)).recordsRemoved).to.equal(3);
    expect(await test.blobPaths()).to.deep.equal([]);
    const rows = await context.records.list(caller.account, { limit: 100 });
    expect(rows.records.filter(({ key }) => /^(job|settled|idem):/.test(key))).to.deep.equal([]);
    await expectBooksToAddUp(context, caller.account);
  });

  it('ends a job that never ran, released', async () => {
    const { caller, stored } = await acceptSampleJob(context);
    advancePast(stored.job.expiresAt);
    await runCleanup(context);
    expect((await readJob(context, caller.account, stored.job.id)).job).to.include({
      status: 'expired',
      charged: 0,
    });
    await expectBooksToAddUp(context, caller.account);
  });

  it('leaves a job alone while a live claim works on it', async () => {
    const { caller, stored } = await acceptSampleJob(context);
    const outcome = await claimJob(context, { account: caller.account, job: stored.job.id });
    if (outcome.type !== 'claimed') throw new Error(outcome.type);
    advancePast(stored.job.expiresAt);
    await renewClaim(context, outcome.stored, 0.9);
    await runCleanup(context);
    expect((await readJob(context, caller.account, stored.job.id)).job.status).to.equal('running');
    expect(await test.blobPaths()).to.have.lengthOf(2);
  });

  it('removes an upload that was never accepted, and its late commit can no longer be', async () => {
    const caller = await registerSampleAccount(context);
    const [upload] = await uploadSampleInput(context, caller.account);
    test.advance(context.config.jobs.ttlSeconds * 1000 + 2 * hourMs + 2 * transferMs);
    await runCleanup(context);
    expect((await test.blobPaths()).filter((path) => path.includes('/in/'))).to.deep.equal([]);
    expect((await findJob(context, caller.account, upload.job))?.job.status).to.equal('void');
    test.advance(recordMsAfterExpiry + hourMs + transferMs);
    await runCleanup(context);
    expect(await test.blobPaths()).to.deep.equal([]);
    expect(await findJob(context, caller.account, upload.job)).to.equal(undefined);
  });

  it('may be run twice at once', async () => {
    const { caller, stored } = await acceptSampleJob(context);
    await succeed(caller.account, stored.job.id);
    advancePast(stored.job.expiresAt);
    await Promise.all([runCleanup(context), runCleanup(context)]);
    expect((await readJob(context, caller.account, stored.job.id)).job.status).to.equal('expired');
    expect(await test.blobPaths()).to.have.lengthOf(1);
  });

  it('goes on past a job that it cannot clean, and counts it', async () => {
    const accepted = await Promise.all([1, 2, 3].map(() => acceptSampleJob(context)));
    const stuck = accepted[0]?.caller.account;
    const failing: Context = {
      ...context,
      records: {
        ...context.records,
        commit: (partition, writes) =>
          partition === stuck
            ? Promise.reject(new Error('this partition is away'))
            : context.records.commit(partition, writes),
      },
    };
    advancePast(accepted[2]?.stored.job.expiresAt ?? 0);
    const report = await runCleanup(failing);
    expect(report).to.include({ jobsExpired: 2 });
    expect(report.failures).to.be.at.least(1);
  });

  it('finds the record of a job that a worker gave up for lost', async () => {
    const { account } = await registerSampleAccount(context);
    const job = createJobId(context.records.now(), context.chance);
    test.advance(transferMs + recordMsMax + 1);
    expect((await claimJob(context, { account, job })).type).to.equal('void');
    test.advance(recordMsAfterExpiry + hourMs + transferMs);
    await runCleanup(context);
    expect(await findJob(context, account, job)).to.equal(undefined);
    expect(await test.blobPaths()).to.deep.equal([]);
  });

  it('that is slow does not take the guard of a key that was used anew', async () => {
    const caller = await registerSampleAccount(context);
    const { stored } = await submitSampleJob(context, caller, { idempotencyKey: 'k' });
    advancePast(stored.job.expiresAt);
    await runCleanup(context);
    test.advance(recordMsAfterExpiry + hourMs + transferMs);
    let later: string | undefined;
    const slow: Context = {
      ...context,
      records: {
        ...context.records,
        commit: async (partition, writes) => {
          if (
            later === undefined &&
            writes.some(({ op, key }) => op === 'delete' && key.startsWith('idem:'))
          ) {
            await runCleanup(context);
            later = (await submitSampleJob(context, caller, { idempotencyKey: 'k' })).stored.job.id;
          }
          return context.records.commit(partition, writes);
        },
      },
    };
    await runCleanup(slow);
    const again = await submitSampleJob(context, caller, { idempotencyKey: 'k' });
    expect(again.stored.job.id).to.equal(later);
  });

  describe('on its schedule', () => {
    it('is run by one of those that ask, and not again before its time', async () => {
      const asked = await Promise.all([1, 2, 3].map(() => cleanupIfDue(context, 60_000)));
      expect(asked.filter(Boolean)).to.have.lengthOf(1);
      expect(await cleanupIfDue(context, 60_000)).to.equal(undefined);
      test.advance(61_000);
      expect(await cleanupIfDue(context, 60_000)).not.to.equal(undefined);
    });
  });
});
