// Protects: a file that hangs is noticed in its own time, and no runner can put its deadline off for ever.
import { expect } from 'chai';
import type { Clock } from '#shared/clock.ts';
import { startDeadline } from '#worker/sandbox/deadline.ts';

describe('a deadline', () => {
  let ends: (() => void)[];
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        ends.push(resolve);
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const hasPassed = (deadline: { passed: Promise<void> }) =>
    Promise.race([
      deadline.passed.then(() => true),
      new Promise<false>((resolve) => setImmediate(resolve, false)),
    ]);

  beforeEach(() => {
    ends = [];
  });

  it('passes when its time is over', async () => {
    const deadline = startDeadline(clock, 5, 1);
    expect(await hasPassed(deadline)).to.equal(false);
    ends[0]?.();
    expect(await hasPassed(deadline)).to.equal(true);
  });

  it('begins anew, and then only the new time counts', async () => {
    const deadline = startDeadline(clock, 5, 1);
    deadline.restart();
    ends[0]?.();
    expect(await hasPassed(deadline)).to.equal(false);
    ends[1]?.();
    expect(await hasPassed(deadline)).to.equal(true);
  });

  it('begins anew no more often than allowed', async () => {
    const deadline = startDeadline(clock, 5, 1);
    deadline.restart();
    deadline.restart();
    expect(ends).to.have.lengthOf(2);
    ends[1]?.();
    expect(await hasPassed(deadline)).to.equal(true);
  });

  it('never passes once canceled', async () => {
    const deadline = startDeadline(clock, 5, 9);
    deadline.cancel();
    deadline.restart();
    ends[0]?.();
    expect(await hasPassed(deadline)).to.equal(false);
  });
});
