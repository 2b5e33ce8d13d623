// Protects: one balance transaction at a time per account, settles before submits, and a failure that blocks nobody.
import { expect } from 'chai';
import { createTurns } from '#shared/ledger/turns.ts';

describe('turns', () => {
  it('go one at a time per account, settles first', async () => {
    const turns = createTurns();
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = turns.take('a', 'submit', () => gate.promise);
    const rest = (['submit', 'submit', 'settle'] as const).map((rank, index) =>
      turns.take('a', rank, async () => {
        order.push(`${rank}${index}`);
      }),
    );
    gate.resolve();
    await Promise.all([first, ...rest]);
    expect(order).to.deep.equal(['settle2', 'submit0', 'submit1']);
  });

  it('of two accounts do not wait for each other', async () => {
    const turns = createTurns();
    const gate = Promise.withResolvers<void>();
    const blocked = turns.take('a', 'settle', () => gate.promise);
    expect(await turns.take('b', 'submit', async () => 'done')).to.equal('done');
    gate.resolve();
    await blocked;
  });

  it('pass on after a failure', async () => {
    const turns = createTurns();
    const failing = turns.take('a', 'settle', async () => {
      throw new Error('failed');
    });
    const next = turns.take('a', 'settle', async () => 'next');
    expect((await Promise.allSettled([failing, next])).map(({ status }) => status)).to.deep.equal([
      'rejected',
      'fulfilled',
    ]);
  });
});
