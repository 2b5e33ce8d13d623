// Protects: reading ends at once when its signal aborts, and the source is closed.
import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import { abortable } from '#shared/blobs/abortable.ts';
import { rejection } from '#test/support/rejection.ts';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('abortable', () => {
  it('gives what the source gives', async () => {
    async function* source(): AsyncGenerator<number> {
      yield* [1, 2, 3];
    }
    expect(await collect(abortable(source()))).to.deep.equal([1, 2, 3]);
    expect(await collect(abortable(source(), new AbortController().signal))).to.deep.equal([1, 2, 3]);
  });

  it('destroys a stream that keeps it waiting when the signal aborts', async () => {
    const stop = new AbortController();
    const source = new PassThrough();
    const collecting = rejection(collect(abortable(source, stop.signal)));
    source.write('some');
    const reason = new Error('stop');
    stop.abort(reason);
    expect(await collecting).to.equal(reason);
    expect(source.destroyed).to.equal(true);
  });

  it('ends a source that its reader leaves early', async () => {
    const ended = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<number> {
      try {
        yield* [1, 2, 3];
      } finally {
        ended.resolve();
      }
    }
    for await (const item of abortable(source())) if (item === 2) break;
    await ended.promise;
  });

  it('leaves no listener on the signal', async () => {
    const signal = new AbortController().signal;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    async function* source(): AsyncGenerator<number> {
      yield* [1, 2, 3];
    }
    await collect(abortable(source(), signal));
    expect(listeners).to.equal(0);
  });
});
