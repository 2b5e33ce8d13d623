// Several processes on the same records: what one of them writes, the others see, wait for and contend with.
import { expect } from 'chai';
import type { RecordStore, StoredRecord, Write } from '#shared/records/record-store.ts';
import { increment, insert, mustCommit, mustGet, put, waitMs } from './record-steps.ts';

/** Waits for `row` in one process while another writes. */
async function awaitChange(
  waiter: RecordStore,
  writer: RecordStore,
  etag: string | undefined,
  write: Write,
): Promise<StoredRecord | undefined> {
  const waiting = waiter.waitForChange('p', 'row', { etag, waitMs });
  // Reading from the same instance lets the wait begin before the write.
  await waiter.get('p', 'row');
  await mustCommit(writer, write);
  return waiting;
}

export function describeConcurrency(stores: () => { store: RecordStore; other: RecordStore }): void {
  let store: RecordStore;
  let other: RecordStore;
  beforeEach(() => {
    ({ store, other } = stores());
  });

  describe('two processes', () => {
    it('lets exactly one of several that replace the same version win, each round', async () => {
      await mustCommit(store, insert('row', { round: -1, winner: -1 }));
      for (let round = 0; round < 20; round += 1) {
        const { etag } = await mustGet(store, 'row');
        const outcomes = await Promise.all(
          [store, other, store, other].map((instance, winner) =>
            instance.commit('p', [{ op: 'replace', key: 'row', fields: { round, winner }, etag }]),
          ),
        );
        const winners = outcomes.flatMap(({ committed }, winner) => (committed ? [winner] : []));
        expect(winners).to.have.length(1);
        expect((await mustGet(other, 'row')).fields).to.deep.equal({ round, winner: winners[0] });
      }
    });

    it('lets exactly one of several that insert the same row win', async () => {
      for (let round = 0; round < 20; round += 1) {
        const outcomes = await Promise.all(
          [store, other].map((instance) => instance.commit('p', [insert(`${round}`)])),
        );
        expect(outcomes.filter(({ committed }) => committed)).to.have.length(1);
      }
    });

    it('loses no increment of a counter', async () => {
      await mustCommit(store, insert('counter', { value: 0 }));
      await Promise.all(Array.from({ length: 60 }, (_, n) => increment(n % 2 ? store : other, 'counter')));
      expect((await mustGet(store, 'counter')).fields).to.deep.equal({ value: 60 });
    });
  });

  describe('waitForChange', () => {
    it('answers at once when the row already differs', async () => {
      await mustCommit(store, insert('row', { n: 1 }));
      expect((await store.waitForChange('p', 'row', { etag: undefined, waitMs }))?.fields).to.deep.equal({
        n: 1,
      });
      expect((await store.waitForChange('p', 'row', { etag: 'another', waitMs }))?.fields).to.deep.equal({
        n: 1,
      });
      expect(await store.waitForChange('p', 'missing', { etag: 'some', waitMs })).to.equal(undefined);
    });

    for (const [who, writer] of [
      ['another process', () => other],
      ['the same process', () => store],
    ] as const) {
      it(`is woken when ${who} inserts, replaces and deletes the row`, async () => {
        const inserted = await awaitChange(store, writer(), undefined, insert('row', { n: 1 }));
        expect(inserted?.fields).to.deep.equal({ n: 1 });
        const replaced = await awaitChange(store, writer(), inserted?.etag, put('row', { n: 2 }));
        expect(replaced?.fields).to.deep.equal({ n: 2 });
        expect(await awaitChange(store, writer(), replaced?.etag, { op: 'delete', key: 'row' })).to.equal(
          undefined,
        );
      });
    }

    it('goes on waiting when another row changes', async () => {
      const waiting = store.waitForChange('p', 'row', { etag: undefined, waitMs });
      await store.get('p', 'row');
      await mustCommit(other, insert('another'));
      await mustCommit(other, insert('row', { n: 1 }));
      expect((await waiting)?.fields).to.deep.equal({ n: 1 });
    });

    it('answers the row as it is when the time is over or the signal aborts', async () => {
      const etag = (await mustCommit(store, insert('row', { n: 1 }))).get('row');
      expect((await store.waitForChange('p', 'row', { etag, waitMs: 20 }))?.etag).to.equal(etag);
      expect((await store.waitForChange('p', 'row', { etag, waitMs: 0 }))?.etag).to.equal(etag);
      const signal = AbortSignal.abort();
      expect((await store.waitForChange('p', 'row', { etag, waitMs, signal }))?.etag).to.equal(etag);
      const stop = new AbortController();
      const waiting = store.waitForChange('p', 'row', { etag, waitMs, signal: stop.signal });
      await store.get('p', 'row');
      stop.abort();
      expect((await waiting)?.etag).to.equal(etag);
    });
  });
}
