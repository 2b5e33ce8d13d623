// An async iterable that ends with the signal's reason as soon as the signal aborts, even while its source
// keeps it waiting (a stalled upload). A source that was not read to its end is told so, and not waited for.
import { Readable } from 'node:stream';

export async function* abortable<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await nextUnlessAborted(iterator, signal);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!ended) giveUp(source, iterator);
  }
}

// Not Promise.race against one promise for the whole source: that would keep a reaction for every chunk.
function nextUnlessAborted<T>(iterator: AsyncIterator<T>, signal?: AbortSignal): Promise<IteratorResult<T>> {
  if (signal === undefined) return iterator.next();
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    iterator
      .next()
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject);
  });
}

function giveUp<T>(source: AsyncIterable<T>, iterator: AsyncIterator<T>): void {
  // A stream that waits for data would hear of return() only after the data has come.
  if (source instanceof Readable) source.destroy();
  // What failed first is what the reader of this iterable gets; a failing farewell adds nothing.
  iterator.return?.().catch(() => undefined);
}
