// What every queue driver refuses, so that code which works on one works on all. Throws RangeError naming the
// limit.
import { messageBytesMax, receiveMax, visibilityMsMax, type ReceiveOptions } from './job-queue.ts';

export function assertSend(body: string, hiddenMs: number): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > messageBytesMax)
    throw new RangeError(`a message has ${bytes} bytes, ${messageBytesMax} is the most`);
  assertHide(hiddenMs);
}

export function assertReceive({ max, visibilityMs, waitMs }: ReceiveOptions): void {
  if (!Number.isInteger(max) || max < 1 || max > receiveMax)
    throw new RangeError(`a receive takes 1 to ${receiveMax} messages, not ${max}`);
  assertMs('visibilityMs', visibilityMs, 1, visibilityMsMax);
  assertMs('waitMs', waitMs, 0, Number.MAX_SAFE_INTEGER);
}

export function assertHide(ms: number): void {
  assertMs('hiding', ms, 0, visibilityMsMax);
}

function assertMs(what: string, ms: number, least: number, most: number): void {
  // Written so that NaN is refused too.
  if (!(ms >= least && ms <= most))
    throw new RangeError(`${what} takes ${least} to ${most} milliseconds, not ${ms}`);
}
