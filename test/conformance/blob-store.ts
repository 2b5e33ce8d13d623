// What every blob driver keeps: a path holds one whole blob or none, whatever fails on the way and however
// many write it at once.
import { expect } from 'chai';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlobContent, BlobStore } from '#shared/blobs/blob-store.ts';
import { bytesHeld } from '#test/support/bytes-held.ts';
import { rejection } from '#test/support/rejection.ts';
import type { OpenStorage, Storage } from '#test/support/storage.ts';

const mebibyte = 1024 * 1024;

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await nextTurn();
    yield Buffer.from(part);
  }
}

async function* failing(...parts: string[]): AsyncGenerator<Uint8Array> {
  yield* chunks(...parts);
  throw new Error('the source failed');
}

/** Gives its parts, tells `onStall`, and then keeps its reader waiting for ever, as a stalled upload does. */
async function* stalling(onStall: () => void, ...parts: string[]): AsyncGenerator<Uint8Array> {
  yield* chunks(...parts);
  onStall();
  await new Promise(() => undefined);
}

/** The bytes as they come; nothing when there is no blob. */
function partsOf(content: BlobContent | undefined): AsyncIterable<Buffer> {
  return content?.stream ?? Readable.from([]);
}

async function textOf(
  store: BlobStore,
  path: string,
  range?: { start: number; end: number },
): Promise<string | undefined> {
  const content = await store.read(path, range);
  if (content === undefined) return undefined;
  return (await buffer(content.stream)).toString();
}

/** One of several blobs that cannot be taken for another, nor for a part or a mixture of others. */
const version = (n: number): string => String.fromCharCode(97 + n).repeat(200_000 + n);

export function conformBlobStore(name: string, openStorage: OpenStorage<BlobStore>): void {
  describe(`blob store: ${name}`, function () {
    this.timeout(30_000);
    let storage: Storage<BlobStore>;
    let store: BlobStore;
    /** Another process on the same storage. */
    let other: BlobStore;

    beforeEach(async () => {
      storage = await openStorage();
      store = await storage.open();
      other = await storage.open();
    });
    afterEach(() => storage.remove());

    const pathsOf = async (prefix: string): Promise<string[]> =>
      (await other.list(prefix, { limit: 1000 })).blobs.map(({ path }) => path);

    describe('write and read', () => {
      it('gives back what was written, to every process', async () => {
        expect(await store.write('a/b', chunks('one ', 'two ', 'three'))).to.deep.equal({ bytes: 13 });
        expect(await textOf(other, 'a/b')).to.equal('one two three');
        expect(await other.stat('a/b')).to.deep.equal({ path: 'a/b', bytes: 13 });
      });

      it('keeps an empty blob', async () => {
        expect(await store.write('a/empty', chunks())).to.deep.equal({ bytes: 0 });
        expect(await textOf(store, 'a/empty')).to.equal('');
        expect(await store.stat('a/empty')).to.deep.equal({ path: 'a/empty', bytes: 0 });
      });

      it('answers nothing for a path that has no blob: missing, a folder, below a blob', async () => {
        await store.write('a/b', chunks('x'));
        for (const path of ['missing', 'a', 'a/c', 'a/b/c']) {
          expect(await store.read(path)).to.equal(undefined);
          expect(await store.stat(path)).to.equal(undefined);
        }
      });

      it('replaces an earlier blob wholly', async () => {
        await store.write('a/b', chunks('a long first version'));
        await other.write('a/b', chunks('short'));
        expect(await textOf(store, 'a/b')).to.equal('short');
      });

      it('gives ranges, both ends included, and refuses those that are not within the blob', async () => {
        await store.write('a/b', chunks('01234', '56789'));
        expect(await textOf(store, 'a/b', { start: 0, end: 9 })).to.equal('0123456789');
        const middle = await store.read('a/b', { start: 3, end: 6 });
        expect(middle?.bytes, 'the length of the whole blob').to.equal(10);
        expect((await buffer(partsOf(middle))).toString()).to.equal('3456');
        expect(await textOf(store, 'a/b', { start: 9, end: 9 })).to.equal('9');
        for (const [start, end] of [
          [0, 10],
          [-1, 3],
          [5, 4],
          [0.5, 3],
          [10, 10],
        ] as const)
          expect(await rejection(store.read('a/b', { start, end }))).to.be.instanceOf(RangeError);
      });

      it('lets many write different blobs of one new folder at once', async () => {
        const paths = Array.from({ length: 30 }, (_, n) => `new/folder/${String(n).padStart(2, '0')}`);
        await Promise.all(paths.map((path, n) => (n % 2 ? store : other).write(path, chunks(path))));
        expect(await pathsOf('new/')).to.deep.equal(paths);
        for (const path of paths) expect(await textOf(store, path)).to.equal(path);
      });

      it('keeps one writer’s blob, whole, when several write one path at once', async () => {
        const versions = Array.from({ length: 8 }, (_, n) => version(n));
        await store.write('a/b', chunks(version(0)));
        const writing = new Set(versions);
        const writes = versions.map(async (text, n) => {
          await (n % 2 ? store : other).write('a/b', chunks(text.slice(0, 70_000), text.slice(70_000)));
          writing.delete(text);
        });
        const seen: (string | undefined)[] = [];
        while (writing.size > 0) seen.push(await textOf(other, 'a/b'));
        await Promise.all(writes);
        seen.push(await textOf(store, 'a/b'));
        for (const text of seen)
          expect(versions.includes(text ?? 'nothing'), 'a version, whole').to.equal(true);
      });

      it('lets a reader finish the blob it began, while it is replaced and deleted', async () => {
        const text = 'x'.repeat(mebibyte);
        await store.write('a/b', chunks(text));
        const content = await store.read('a/b');
        await other.write('a/b', chunks('new'));
        await other.delete('a/b');
        let bytes = 0;
        for await (const part of partsOf(content)) bytes += part.length;
        expect(bytes).to.equal(mebibyte);
      });
    });

    describe('a write that does not come to its end', () => {
      it('rejects with the source’s error and leaves nothing', async () => {
        expect(await rejection(store.write('a/b', failing('some')))).to.have.property(
          'message',
          'the source failed',
        );
        expect(await store.stat('a/b')).to.equal(undefined);
        expect(await other.list('', { limit: 10 })).to.deep.equal({ blobs: [], next: undefined });
      });

      it('leaves the blob that was there before', async () => {
        await store.write('a/b', chunks('before'));
        await rejection(store.write('a/b', failing('some')));
        expect(await textOf(other, 'a/b')).to.equal('before');
      });

      it('rejects with the signal’s reason when it aborts, even while the source stalls', async () => {
        const stop = new AbortController();
        const reason = new Error('the client went away');
        const source = stalling(() => stop.abort(reason), 'some');
        expect(await rejection(store.write('a/b', source, stop.signal))).to.equal(reason);
        expect(await other.list('', { limit: 10 })).to.deep.equal({ blobs: [], next: undefined });
      });

      it('writes nothing when the signal has aborted before', async () => {
        const reason = new Error('too late');
        expect(await rejection(store.write('a/b', chunks('x'), AbortSignal.abort(reason)))).to.equal(reason);
        expect(await store.stat('a/b')).to.equal(undefined);
      });

      it('shows nothing of a blob before it is whole', async () => {
        const stop = new AbortController();
        const stalled = Promise.withResolvers<void>();
        const writing = store.write('a/b', stalling(stalled.resolve, 'some'), stop.signal);
        await stalled.promise;
        expect(await other.stat('a/b')).to.equal(undefined);
        expect(await pathsOf('')).to.deep.equal([]);
        stop.abort(new Error('enough'));
        await rejection(writing);
      });
    });

    describe('list', () => {
      // In path order a slash comes after a dot and a dash, and before digits and letters.
      const paths = [
        'a-b/1',
        'a.b',
        'a/1',
        'a/2.txt',
        'a/2/x',
        'a/B',
        'a/_',
        'a/b/c/d',
        'a/b/e',
        'a0',
        'b/1',
      ];
      beforeEach(async () => {
        for (const path of paths.toReversed()) await store.write(path, chunks(path));
      });

      it('gives blobs below a prefix in path order, with their lengths', async () => {
        expect(await pathsOf('')).to.deep.equal(paths);
        expect(await pathsOf('a/')).to.deep.equal(paths.filter((path) => path.startsWith('a/')));
        expect(await pathsOf('a/b/')).to.deep.equal(['a/b/c/d', 'a/b/e']);
        for (const { path, bytes } of (await store.list('', { limit: 100 })).blobs)
          expect(bytes).to.equal(path.length);
      });

      it('gives nothing below a prefix that has no blobs', async () => {
        for (const prefix of ['c/', 'a/b/c/d/', 'a.b/']) expect(await pathsOf(prefix)).to.deep.equal([]);
      });

      it('gives pages that together are the list, and no next after the last', async () => {
        for (const limit of [1, 2, 3, 10, 11, 12]) {
          const seen: string[] = [];
          let after: string | undefined;
          do {
            const page = await other.list('', { limit, ...(after && { after }) });
            expect(page.blobs.length).to.be.at.most(limit);
            seen.push(...page.blobs.map(({ path }) => path));
            expect(seen.length, 'nothing comes twice').to.be.at.most(paths.length);
            after = page.next;
          } while (after !== undefined);
          expect(seen).to.deep.equal(paths);
        }
      });

      it('goes on after a path that has been deleted meanwhile', async () => {
        const first = await store.list('a/', { limit: 3 });
        await other.delete('a/2/x');
        const rest = await store.list('a/', { limit: 10, ...(first.next && { after: first.next }) });
        expect(rest.blobs.map(({ path }) => path)).to.deep.equal(['a/B', 'a/_', 'a/b/c/d', 'a/b/e']);
      });

      it('names the folders directly below a prefix, in order', async () => {
        expect(await store.folders('')).to.deep.equal(['a', 'a-b', 'b']);
        expect(await store.folders('a/')).to.deep.equal(['2', 'b']);
        expect(await store.folders('b/')).to.deep.equal([]);
        expect(await store.folders('nothing/')).to.deep.equal([]);
      });

      it('refuses limits and prefixes that are not allowed', async () => {
        for (const limit of [0, 5001, 1.5])
          expect(await rejection(store.list('', { limit }))).to.be.instanceOf(RangeError);
        for (const prefix of ['a', '/', '../', 'a//', '.tmp/', 'a/../']) {
          expect(await rejection(store.list(prefix, { limit: 1 })), prefix).to.be.instanceOf(RangeError);
          expect(await rejection(store.folders(prefix)), prefix).to.be.instanceOf(RangeError);
        }
      });
    });

    describe('delete', () => {
      it('removes the blob and leaves its neighbours', async () => {
        await store.write('a/b/c', chunks('x'));
        await store.write('a/b/d', chunks('y'));
        await other.delete('a/b/c');
        expect(await store.stat('a/b/c')).to.equal(undefined);
        expect(await textOf(store, 'a/b/d')).to.equal('y');
      });

      it('leaves no folder without blobs', async () => {
        await store.write('a/b/c', chunks('x'));
        await store.write('a/d', chunks('x'));
        await store.delete('a/b/c');
        expect(await other.folders('a/')).to.deep.equal([]);
        await store.delete('a/d');
        expect(await other.folders('')).to.deep.equal([]);
      });

      it('is no error where no blob is', async () => {
        await store.write('a/b', chunks('x'));
        for (const path of ['a/c', 'a', 'a/b/c', 'missing/too']) await store.delete(path);
        expect(await textOf(store, 'a/b')).to.equal('x');
      });

      it('never loses a blob that is written while its folder’s last other blob goes', async () => {
        for (let round = 0; round < 40; round += 1) {
          const folder = `round/${round}/folder`;
          await store.write(`${folder}/old`, chunks('old'));
          await Promise.all([other.delete(`${folder}/old`), store.write(`${folder}/new`, chunks('new'))]);
          expect(await textOf(other, `${folder}/new`)).to.equal('new');
        }
      });
    });

    it('refuses paths that this platform does not make', async () => {
      const hostile = ['', '/', '/etc/passwd', '../up', 'a/../../b', 'a/./b', 'a//b', 'a/', '.tmp/x', 'a/.hidden',
        'a\\b', 'a b', 'a\u0000b', 'ä', 'a%2e%2e', 'x'.repeat(901)]; // prettier-ignore
      for (const path of hostile) {
        for (const refused of [
          store.write(path, chunks('x')),
          store.read(path),
          store.stat(path),
          store.delete(path),
        ])
          expect(await rejection(refused), path).to.be.instanceOf(RangeError);
      }
    });

    it('streams 64 MiB both ways without holding them', async () => {
      const total = 64 * mebibyte;
      const allowed = 24 * mebibyte;
      const before = bytesHeld();
      let most = 0;
      const measure = (position: number): void => {
        if (position % (8 * mebibyte) === 0) most = Math.max(most, bytesHeld() - before);
      };
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let position = 0; position < total; position += mebibyte) {
          yield Buffer.alloc(mebibyte, position / mebibyte);
          measure(position);
        }
      }
      expect(await store.write('large/blob', source())).to.deep.equal({ bytes: total });
      expect(most, 'held while writing').to.be.below(allowed);

      most = 0;
      let position = 0;
      const content = await other.read('large/blob');
      for await (const part of partsOf(content)) {
        for (const byte of part) {
          if (byte !== (Math.floor(position / mebibyte) & 0xff)) throw new Error(`byte ${position} is wrong`);
          position += 1;
          measure(position);
        }
      }
      expect(position).to.equal(total);
      expect(most, 'held while reading').to.be.below(allowed);
    });

    it('finishes what was begun when closed, refuses what comes later, and may be closed twice', async () => {
      const writing = store.write('a/b', chunks('some ', 'more'));
      await Promise.all([store.close(), store.close()]);
      expect(await textOf(other, 'a/b')).to.equal('some more');
      await writing;
      expect(await rejection(store.stat('a/b'))).to.be.instanceOf(Error);
    });
  });
}
