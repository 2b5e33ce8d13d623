// Counters by day, operation and key, in the settling transaction: `usage:{day}:{operation}:{key}`. The balance's
// etag fences that transaction, so an unconditional write cannot lose a count.
import type { Context } from '#shared/context.ts';
import type { Job } from '#shared/job/job.ts';
import type { Write } from '#shared/records/record-store.ts';

export interface Usage {
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  readonly credits: number;
  readonly inputBytes: number;
}

const none: Usage = { succeeded: 0, failed: 0, canceled: 0, credits: 0, inputBytes: 0 };

export function usageKey(at: number, operation: string, key: string): string {
  return `usage:${new Date(at).toISOString().slice(0, 10)}:${operation}:${key}`;
}

/** The write that counts an ended job, under its first step's operation: a job is counted once, whatever its steps. */
export async function countUsage(
  { records }: Pick<Context, 'records'>,
  job: Job,
  at: number,
): Promise<Write[]> {
  const { status, steps, inputs, charged } = job;
  if (status !== 'succeeded' && status !== 'failed' && status !== 'canceled') return [];
  const key = usageKey(at, steps[0]?.operation ?? 'none', job.key);
  const record = await records.get(job.account, key);
  const usage = { ...none, ...(record?.fields as Partial<Usage> | undefined) };
  const inputBytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  return [
    {
      op: 'put',
      key,
      fields: {
        ...usage,
        [status]: usage[status] + 1,
        credits: usage.credits + charged,
        inputBytes: usage.inputBytes + inputBytes,
      },
    },
  ];
}
