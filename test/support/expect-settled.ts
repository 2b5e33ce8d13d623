// What must hold of an account once all its jobs have ended, read from the records themselves: each job settled once,
// charged only if it succeeded, the books in order.
import { expect } from 'chai';
import { parseConfig } from '#shared/config.ts';
import { closeContext, openContext } from '#shared/context.ts';
import type { Context } from '#shared/context.ts';
import type { Job } from '#shared/job/job.ts';
import { isTerminal } from '#shared/job/job.ts';
import { jobKeyPrefix, parseJob, settledKey } from '#shared/job/job-record.ts';
import type { LedgerEntry } from '#shared/ledger/balance.ts';
import { balanceKey, parseBalance, parseEntry } from '#shared/ledger/balance-record.ts';
import { lanes } from '#shared/queue/job-queue.ts';
import type { StoredRecord } from '#shared/records/record-store.ts';

/** Answers the account's jobs. For when the platform has stopped. */
export async function expectSettled(dataDir: string, account: string): Promise<Job[]> {
  return withContext(dataDir, async (context) => {
    const jobs = (await listAll(context, account, jobKeyPrefix)).map((record) => parseJob(record).job);
    const entries = (await listAll(context, account, 'ledger:')).map(parseEntry);
    for (const job of jobs) await expectJobSettled(context, job, entries);
    await expectBalance(context, account, entries);
    return jobs;
  });
}

/** No reminder is left. A crash in the middle of a submit may leave one for minutes, so this is not for after crashes. */
export async function expectNoMessages(dataDir: string): Promise<void> {
  await withContext(dataDir, async ({ queue }) => {
    for (const lane of lanes) expect(await queue.depth(lane), `messages in ${lane}`).to.equal(0);
  });
}

async function withContext<T>(dataDir: string, look: (context: Context) => Promise<T>): Promise<T> {
  const context = await openContext(parseConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }), 'test');
  try {
    return await look(context);
  } finally {
    await closeContext(context);
  }
}

async function expectJobSettled(
  { records }: Context,
  job: Job,
  entries: readonly LedgerEntry[],
): Promise<void> {
  expect(isTerminal(job.status), `${job.id} has ended, as ${job.status}`).to.equal(true);
  expect(job.after, 'nothing is due any more').to.deep.equal([]);
  expect(await records.get(job.account, settledKey(job.id)), 'the guard').to.not.equal(undefined);
  const kinds = entries.filter((entry) => entry.job === job.id).map(({ kind }) => kind);
  expect(kinds, `entries of ${job.id}`).to.deep.equal([
    'hold',
    job.status === 'succeeded' ? 'capture' : 'release',
  ]);
  expect(job.charged).to.equal(job.status === 'succeeded' ? job.hold.credits : 0);
}

async function expectBalance(
  { records }: Context,
  account: string,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const record = await records.get(account, balanceKey);
  if (record === undefined) throw new Error(`${account} has no balance`);
  const balance = parseBalance(record);
  for (const part of ['allowance', 'purchased', 'held'] as const) {
    const sum = entries.reduce((total, entry) => total + entry[part], 0);
    expect(balance[part], part).to.equal(sum).and.to.be.at.least(0);
  }
  expect(entries.map(({ seq }) => seq)).to.deep.equal(entries.map((_, index) => index + 1));
  expect(balance).to.include({ held: 0, jobsActive: 0, jobsWaiting: 0, seq: entries.length });
}

async function listAll({ records }: Context, account: string, prefix: string): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  let from: string | undefined = prefix;
  while (from !== undefined) {
    const page = await records.list(account, { from, below: `${prefix}~`, limit: 500 });
    all.push(...page.records);
    from = page.next;
  }
  return all;
}
