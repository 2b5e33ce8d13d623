// Protects: a conversion that has succeeded is not lost to one lost answer or one throttled request, an ending that no record
// can hold ends all the same, and a job that is gone keeps nothing of what its worker still wrote.
import fs from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { Context } from '#shared/context.ts';
import { cancelJob } from '#shared/job/cancel-job.ts';
import { deleteJob } from '#shared/job/delete-job.ts';
import { backoffMs, renewClaim } from '#shared/job/hold-claim.ts';
import { replaceJob } from '#shared/job/job-record.ts';
import { findJob, readJob } from '#shared/job/read-job.ts';
import { once, withFailingCommits, writesTo } from '#test/support/failing-ports.ts';
import { copyFirstInput, makeFakeSlot } from '#test/support/fake-slot.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { readLedger } from '#test/support/read-ledger.ts';
import { acceptSampleJob } from '#test/support/submit-sample-job.ts';
import type { AcceptedJob } from '#test/support/submit-sample-job.ts';
import { executeJob } from '#worker/execute-job.ts';
import type { Slot, SlotOutcome } from '#worker/sandbox/slot.ts';

const never = new AbortController().signal;

describe('concluding a job', () => {
  let test: TestContext;
  let context: Context;
  let accepted: AcceptedJob;
  const slots: Slot[] = [];

  beforeEach(async () => {
    test = await openTestContext();
    ({ context } = test);
    accepted = await acceptSampleJob(context);
  });
  afterEach(async () => {
    await Promise.all(slots.splice(0).map((slot) => slot.close()));
    await test.remove();
  });

  async function execute(ports: Context, run: (folder: string) => Promise<SlotOutcome>): Promise<void> {
    const slot = await makeFakeSlot(run);
    slots.push(slot);
    await executeJob(ports, accepted.message, slot, never);
  }

  const job = async () => (await readJob(context, accepted.caller.account, accepted.stored.job.id)).job;
  const kinds = async () => (await readLedger(context, accepted.caller.account)).map(({ kind }) => kind);

  it('settles with a fresh look when the answer to a renewal was lost', async () => {
    await execute(context, async (folder) => {
      const running = await findJob(context, accepted.caller.account, accepted.stored.job.id);
      if (running) await renewClaim(context, running, 0.5);
      return copyFirstInput(folder);
    });
    expect(await job()).to.include({ status: 'succeeded', lostClaims: 0 });
    expect(await kinds()).to.deep.equal(['allowance', 'hold', 'capture']);
  });

  for (const failure of ['refused', 'answer lost', 'repeated'] as const)
    it(`settles once although its first try was ${failure}`, async () => {
      await execute(withFailingCommits(context, once(failure, writesTo('settled:'))), copyFirstInput);
      expect(await job()).to.include({ status: 'succeeded', charged: 1 });
      expect(await kinds()).to.deep.equal(['allowance', 'hold', 'capture']);
      expect(await context.queue.depth('images')).to.equal(0);
    });

  it('fails a job whose ending no record can hold, after one run', async () => {
    let runs = 0;
    await execute(context, async (folder) => {
      runs += 1;
      const done = await copyFirstInput(folder);
      return { ...done, warnings: ['x'.repeat(40_000)] } as SlotOutcome;
    });
    expect(await job()).to.include({ status: 'failed', charged: 0 });
    expect(runs).to.equal(1);
  });

  it('does not charge for what nobody could fetch any more', async () => {
    await execute(context, async (folder) => {
      test.advance(accepted.stored.job.expiresAt - context.records.now() + 1);
      return copyFirstInput(folder);
    });
    const { account } = accepted.caller;
    expect((await findJob(context, account, accepted.stored.job.id))?.job.error?.code).to.equal(
      'expired_in_queue',
    );
    expect(await kinds())
      .to.include('release')
      .and.not.include('capture');
  });

  it('removes what it stored for a job that was canceled and deleted meanwhile', async () => {
    await execute(context, async (folder) => {
      await cancelJob(context, accepted.caller.account, accepted.stored.job.id);
      await deleteJob(context, accepted.caller.account, accepted.stored.job.id);
      await fs.mkdir(path.join(folder, 'in'), { recursive: true });
      return copyFirstInput(folder);
    });
    expect((await test.blobPaths()).filter((blob) => blob.includes('/out/'))).to.deep.equal([]);
  });

  it('leaves alone a job of a newer form, or with an operation it does not know', async () => {
    const { job: queued, etag } = accepted.stored;
    const current = (await findJob(context, queued.account, queued.id)) ?? { job: queued, etag };
    await context.records.commit(queued.account, [replaceJob({ ...queued, version: 99 }, current.etag)]);
    await execute(context, copyFirstInput);
    expect(await job()).to.include({ status: 'queued', attempts: 0, version: 99 });

    const newer = await findJob(context, queued.account, queued.id);
    const steps = [{ operation: 'paint-fence', params: {} }];
    await context.records.commit(queued.account, [replaceJob({ ...queued, steps }, newer?.etag ?? '')]);
    await execute(context, copyFirstInput);
    expect(await job()).to.include({ status: 'queued', attempts: 0 });
    expect(await context.queue.depth('images')).to.equal(1);
  });

  it('waits longer after the platform’s own failures than an outage of a minute', () => {
    const shortest = { chance: { ...context.chance, fraction: () => 0 } };
    const waits = [1, 2].map((failures) => backoffMs(shortest, 'platform', failures));
    expect(waits[0]).to.be.at.least(5000);
    expect((waits[0] ?? 0) + (waits[1] ?? 0)).to.be.at.least(30_000);
  });
});
