// What every records driver keeps: transactions in one partition happen wholly or not at all, on the
// condition that rows are as they were read, whichever process read and wrote them.
import { expect } from 'chai';
import {
  keyLengthMax,
  listMax,
  rowLengthMax,
  stringLengthMax,
  transactionLengthMax,
  writesMax,
  type RecordFields,
  type RecordStore,
  type StoredRecord,
} from '#shared/records/record-store.ts';
import { rejection } from '#test/support/rejection.ts';
import type { OpenStorage, Storage } from '#test/support/storage.ts';
import { describeConcurrency } from './record-concurrency.ts';
import { fieldsOf, refusedWrites } from './record-limits.ts';
import { insert, mustCommit, mustGet, put, waitMs } from './record-steps.ts';

const keysOf = (records: readonly StoredRecord[]): string[] => records.map((record) => record.key);

/** The keys of a range, as one word. */
async function lettersIn(store: RecordStore, from?: string, below?: string): Promise<string> {
  const options = { limit: 10, ...(from && { from }), ...(below && { below }) };
  return keysOf((await store.list('p', options)).records).join('');
}

export function conformRecordStore(name: string, openStorage: OpenStorage<RecordStore>): void {
  describe(`record store: ${name}`, function () {
    this.timeout(30_000);
    let storage: Storage<RecordStore>;
    let store: RecordStore;
    /** Another process on the same storage. */
    let other: RecordStore;

    beforeEach(async () => {
      storage = await openStorage();
      store = await storage.open();
      other = await storage.open();
    });
    afterEach(() => storage.remove());

    describe('rows', () => {
      it('answers nothing for a row that is not there, or whose key no row can have', async () => {
        for (const key of ['missing', '', 'a/b', 'x'.repeat(keyLengthMax + 1)])
          expect(await store.get('p', key)).to.equal(undefined);
      });

      it('gives back every kind of field as it was', async () => {
        const fields: RecordFields = {
          empty: '',
          text: 'grüße 😀 \u0000 "quoted" \\ \r\n\u2028',
          yes: true,
          no: false,
          zero: 0,
          negative: -17,
          largest: Number.MAX_SAFE_INTEGER,
          smallest: Number.MIN_SAFE_INTEGER,
          fraction: 0.1,
          tiny: 5e-324,
          huge: 1.7976931348623157e308,
          looksLikeNumber: '1.0',
          looksLikeBoolean: 'true',
          long: 'ü'.repeat(stringLengthMax),
        };
        await mustCommit(store, insert('row', fields), insert('bare'));
        expect((await mustGet(other, 'row')).fields).to.deep.equal(fields);
        expect((await mustGet(other, 'bare')).fields).to.deep.equal({});
      });

      it('keeps partitions apart', async () => {
        await store.commit('p', [insert('row', { in: 'p' })]);
        await store.commit('q', [insert('row', { in: 'q' })]);
        expect((await store.get('q', 'row'))?.fields).to.deep.equal({ in: 'q' });
        expect(keysOf((await store.list('p', { limit: 10 })).records)).to.deep.equal(['row']);
      });

      it('sets all fields of a row, merging nothing', async () => {
        const etag = (await mustCommit(store, insert('row', { a: 1, b: 2 }))).get('row') ?? '';
        await mustCommit(store, { op: 'replace', key: 'row', fields: { a: 3 }, etag });
        expect((await mustGet(store, 'row')).fields).to.deep.equal({ a: 3 });
        await mustCommit(store, put('row', { c: 4 }));
        expect((await mustGet(store, 'row')).fields).to.deep.equal({ c: 4 });
      });
    });

    describe('conditions', () => {
      it('answers the etags that a read then gives', async () => {
        const etags = await mustCommit(store, insert('a'), put('b'));
        expect((await mustGet(other, 'a')).etag).to.equal(etags.get('a'));
        expect((await other.list('p', { limit: 2 })).records.map(({ etag }) => etag)).to.deep.equal([
          ...etags.values(),
        ]);
      });

      it('conflicts on an insert of a row that is there', async () => {
        await mustCommit(store, insert('row', { n: 1 }));
        expect(await other.commit('p', [insert('row', { n: 2 })])).to.deep.equal({
          committed: false,
          key: 'row',
        });
        expect((await mustGet(store, 'row')).fields).to.deep.equal({ n: 1 });
      });

      it('replaces and deletes only what is as it was read', async () => {
        const stale = (await mustCommit(store, insert('row', { n: 1 }))).get('row') ?? '';
        const latest = (await mustCommit(store, put('row', { n: 2 }))).get('row') ?? '';
        const conflict = { committed: false, key: 'row' };
        expect(
          await other.commit('p', [{ op: 'replace', key: 'row', fields: {}, etag: stale }]),
        ).to.deep.equal(conflict);
        expect(await other.commit('p', [{ op: 'delete', key: 'row', etag: stale }])).to.deep.equal(conflict);
        expect((await mustGet(store, 'row')).fields).to.deep.equal({ n: 2 });
        await mustCommit(other, { op: 'delete', key: 'row', etag: latest });
        expect(await store.get('p', 'row')).to.equal(undefined);
      });

      it('conflicts on a condition upon a row that is not there', async () => {
        const etag = (await mustCommit(store, insert('gone'))).get('gone') ?? '';
        await mustCommit(store, { op: 'delete', key: 'gone' });
        const conflict = { committed: false, key: 'gone' };
        expect(await store.commit('p', [{ op: 'replace', key: 'gone', fields: {}, etag }])).to.deep.equal(
          conflict,
        );
        expect(await store.commit('p', [{ op: 'delete', key: 'gone', etag }])).to.deep.equal(conflict);
      });

      it('deletes without a condition, whether the row is there or not', async () => {
        await mustCommit(store, insert('row'));
        await mustCommit(store, { op: 'delete', key: 'row' }, { op: 'delete', key: 'never' });
        expect(await store.get('p', 'row')).to.equal(undefined);
      });

      it('never uses an etag again, not even for the same row made anew with the same fields', async () => {
        const seen = new Set<string>();
        for (let round = 0; round < 5; round += 1) {
          for (const writes of [[insert('row', { n: 1 })], [put('row', { n: 1 })]])
            seen.add((await mustCommit(store, ...writes)).get('row') ?? '');
          await mustCommit(store, { op: 'delete', key: 'row' });
        }
        expect(seen.size).to.equal(10);
      });

      it('writes nothing of a transaction with a conflict, and names the first row that had one', async () => {
        const etag = (
          await mustCommit(store, insert('a', { n: 1 }), insert('b', { n: 1 }), insert('c', { n: 1 }))
        ).get('a');
        await mustCommit(store, put('b', { n: 2 }));
        const outcome = await store.commit('p', [
          insert('new'),
          put('c', { n: 9 }),
          { op: 'delete', key: 'a' },
          { op: 'replace', key: 'b', fields: { n: 9 }, etag: 'not this one' },
          { op: 'delete', key: 'never', etag: 'nor this one' },
        ]);
        expect(outcome).to.deep.equal({ committed: false, key: 'b' });
        const { records } = await other.list('p', { limit: 10 });
        expect(records.map(({ key, fields }) => [key, fields['n']])).to.deep.equal([
          ['a', 1],
          ['b', 2],
          ['c', 1],
        ]);
        expect((await mustGet(store, 'a')).etag).to.equal(etag);
      });

      it('commits a transaction as large as any may be', async () => {
        const share = transactionLengthMax / writesMax;
        const writes = Array.from({ length: writesMax }, (_, n) =>
          insert(`row ${n}`, { text: 'x'.repeat(share) }),
        );
        await mustCommit(store, ...writes);
        expect((await other.list('p', { limit: listMax })).records).to.have.length(writesMax);
      });
    });

    describe('list', () => {
      const letters = ['a', 'b', 'c', 'd', 'e'];
      beforeEach(() => mustCommit(store, ...letters.toReversed().map((key) => insert(key, { key }))));

      it('gives rows in the order of their keys, by UTF-16 code unit', async () => {
        const keys = [
          'A',
          'z',
          'ä',
          'job:1',
          'job:10',
          'job:2',
          '~',
          '-',
          ' ',
          '\ud7ff',
          '\ue000',
          '\uffff',
          '\u{10000}',
          '\u{1f600}',
        ];
        await store.commit(
          'order',
          keys.map((key) => insert(key)),
        );
        const { records } = await other.list('order', { limit: 100 });
        expect(keysOf(records)).to.deep.equal(keys.toSorted());
        const fromAstral = await other.list('order', { from: '\u{10000}', below: '\uffff', limit: 100 });
        expect(keysOf(fromAstral.records)).to.deep.equal(['\u{10000}', '\u{1f600}', '\ue000']);
      });

      it('gives the rows of a range: from inclusive, below exclusive', async () => {
        expect(await lettersIn(store)).to.equal('abcde');
        expect(await lettersIn(store, 'b')).to.equal('bcde');
        expect(await lettersIn(store, 'bb')).to.equal('cde');
        expect(await lettersIn(store, undefined, 'c')).to.equal('ab');
        expect(await lettersIn(store, 'b', 'd')).to.equal('bc');
        expect(await lettersIn(store, 'd', 'b')).to.equal('');
        expect(await lettersIn(store, 'f')).to.equal('');
      });

      it('gives pages that together are the range, and no next after the last', async () => {
        for (const limit of [1, 2, 4, 5, 6]) {
          const seen: string[] = [];
          let from: string | undefined = 'a';
          while (from !== undefined) {
            const page = await other.list('p', { from, below: 'e', limit });
            expect(page.records.length).to.be.at.most(limit);
            seen.push(...keysOf(page.records));
            expect(seen.length, 'nothing comes twice').to.be.at.most(4);
            from = page.next;
          }
          expect(seen).to.deep.equal(['a', 'b', 'c', 'd']);
        }
      });

      it('gives fields with the rows, and nothing for a partition without rows', async () => {
        expect((await store.list('p', { limit: 1 })).records[0]?.fields).to.deep.equal({ key: 'a' });
        expect(await store.list('empty', { limit: 1 })).to.deep.equal({ records: [], next: undefined });
      });
    });

    describeConcurrency(() => ({ store, other }));

    describe('limits', () => {
      for (const [what, writes] of Object.entries(refusedWrites))
        it(`refuses ${what}`, async () => {
          expect(await rejection(store.commit('p', writes))).to.be.instanceOf(RangeError);
          expect((await store.list('p', { limit: 10 })).records).to.deep.equal([]);
        });

      it('refuses a partition that no row can have', async () => {
        expect(await rejection(store.commit('a/b', [insert('row')]))).to.be.instanceOf(RangeError);
      });

      it('refuses lists of no rows and of too many', async () => {
        for (const limit of [0, listMax + 1, 1.5])
          expect(await rejection(store.list('p', { limit }))).to.be.instanceOf(RangeError);
      });

      it('takes the longest key and the longest row', async () => {
        const key = 'x'.repeat(keyLengthMax);
        await mustCommit(store, insert(key, fieldsOf(rowLengthMax)));
        expect((await mustGet(other, key)).fields).to.deep.equal(fieldsOf(rowLengthMax));
      });
    });

    describe('close', () => {
      it('ends waits, finishes what was begun, refuses what comes later, and may be called twice', async () => {
        const waiting = store.waitForChange('p', 'row', { etag: undefined, waitMs });
        const committing = store.commit('p', [insert('begun')]);
        await Promise.all([store.close(), store.close()]);
        expect(await waiting).to.equal(undefined);
        expect((await committing).committed).to.equal(true);
        expect((await mustGet(other, 'begun')).fields).to.deep.equal({});
        expect(await rejection(store.get('p', 'begun'))).to.be.instanceOf(Error);
        await store.close();
      });
    });
  });
}
