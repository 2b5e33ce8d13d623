// Keeps a claim alive while its job runs: a renewal at each third of the lease, from the parent process, so that a slot
// that hangs or is killed changes nothing. First the record, then the message.
//
// When the record says that the job is no longer ours, when it has expired, or when no renewal has gone through and the
// lease is nearly over, `lost` aborts and the work stops. Renewing and acknowledging one message never happen at the same
// time: stop() waits for what is under way.
import type { Context } from '#shared/context.ts';
import { renewClaim } from '#shared/job/hold-claim.ts';
import type { StoredJob } from '#shared/job/job-record.ts';
import type { Receipt } from '#shared/queue/job-queue.ts';

export interface KeptClaim {
  /** Aborts when the job is no longer ours, or no longer worth working on. */
  readonly lost: AbortSignal;
  /** 0 to 1; rides along with the next renewal. */
  report(progress: number): void;
  /** Ends the renewals; answers the job and the receipt as they last were. Safe to call twice. */
  stop(): Promise<Held>;
}

export interface Held {
  readonly stored: StoredJob;
  readonly receipt: Receipt;
}

const renewalsPerLease = 3;
/** Between two tries of a renewal that the store refused. */
const retryMsMax = 500;

export function keepClaim(context: Context, stored: StoredJob, receipt: Receipt): KeptClaim {
  const lost = new AbortController();
  const stopped = new AbortController();
  const leaseMs = context.config.jobs.leaseSeconds * 1000;
  let held: Held = { stored, receipt };
  let progress = 0;

  async function keep(): Promise<void> {
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      await context.clock.sleep(leaseMs / renewalsPerLease, stopped.signal);
      if (!stopped.signal.aborted) await renew();
    }
  }

  async function renew(): Promise<void> {
    // Nobody could fetch what it makes any more; whoever claims it next ends it.
    if (held.stored.job.expiresAt <= context.records.now()) return lost.abort();
    try {
      const outcome = await renewClaim(context, held.stored, progress);
      if (outcome.type === 'lost') return lost.abort();
      held = { ...held, stored: outcome.stored };
      const hidden = await context.queue.hide(held.receipt, leaseMs);
      // Gone: the message was seen by another worker, which finds a live lease and hides it. The record is what counts.
      if (hidden !== 'gone') held = { ...held, receipt: hidden };
    } catch (error) {
      await afterFailure(error);
    }
  }

  /** The store did not answer: try again soon, and give up before the lease ends and another worker begins. */
  async function afterFailure(error: unknown): Promise<void> {
    const { id, lane, claim } = held.stored.job;
    const leftMs = (claim?.leaseEnd ?? 0) - context.records.now();
    context.log.warn({ error, job: id, lane, leftMs }, 'a renewal failed');
    if (leftMs < leaseMs / renewalsPerLease / 2) return lost.abort();
    await context.clock.sleep(context.chance.fraction() * retryMsMax, stopped.signal);
    if (!stopped.signal.aborted) await renew();
  }

  const kept = keep();
  return {
    lost: lost.signal,
    report: (value) => {
      progress = value;
    },
    stop: async () => {
      stopped.abort();
      await kept;
      return held;
    },
  };
}
