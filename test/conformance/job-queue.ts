// What every queue driver keeps: a message that was sent comes back until somebody with its latest receipt
// acknowledges it, and a receipt that is not the latest does nothing.
//
// Order is not promised, times are lower bounds, and a driver may round them up (Azure to whole seconds): the
// tests wait for what must happen and never measure how long it took.
import { expect } from 'chai';
import {
  messageBytesMax,
  receiveMax,
  visibilityMsMax,
  type JobQueue,
  type Message,
} from '#shared/queue/job-queue.ts';
import { rejection } from '#test/support/rejection.ts';
import type { OpenStorage, Storage } from '#test/support/storage.ts';

const hour = 3600_000;
/** Longer than a test may take: what is waited for this long must be woken. */
const patient = { max: 1, visibilityMs: hour, waitMs: 60_000 };
const impatient = { max: receiveMax, visibilityMs: hour, waitMs: 0 };

async function receiveOne(queue: JobQueue, visibilityMs = hour): Promise<Message> {
  const [message] = await queue.receive('images', { ...patient, visibilityMs });
  if (message === undefined) throw new Error('the wait ended without a message');
  return message;
}

const bodies = (messages: readonly Message[]): string[] => messages.map((message) => message.body).toSorted();

export function conformJobQueue(name: string, openStorage: OpenStorage<JobQueue>): void {
  describe(`job queue: ${name}`, function () {
    this.timeout(30_000);
    let storage: Storage<JobQueue>;
    let queue: JobQueue;
    /** Another process on the same storage. */
    let other: JobQueue;

    beforeEach(async () => {
      storage = await openStorage();
      queue = await storage.open();
      other = await storage.open();
    });
    afterEach(() => storage.remove());

    describe('send and receive', () => {
      it('delivers a message to one receiver and hides it from the rest', async () => {
        await queue.send('images', 'work', 0);
        const message = await receiveOne(other);
        expect(message).to.include({ body: 'work', lane: 'images', deliveries: 1 });
        expect(await queue.receive('images', impatient)).to.deep.equal([]);
      });

      it('keeps the lanes apart', async () => {
        await queue.send('documents', 'letter', 0);
        expect(await queue.receive('images', impatient)).to.deep.equal([]);
        expect(bodies(await queue.receive('documents', impatient))).to.deep.equal(['letter']);
      });

      it('carries any text, up to its limit', async () => {
        const texts = ['{"v":1}', 'grüße 😀 \u0000 "quoted"\n', 'x'.repeat(messageBytesMax)];
        for (const text of texts) await queue.send('images', text, 0);
        expect(bodies(await other.receive('images', impatient))).to.deep.equal(texts.toSorted());
      });

      it('gives no more than was asked for', async () => {
        for (let n = 0; n < 5; n += 1) await queue.send('images', `${n}`, 0);
        const first = await queue.receive('images', { ...impatient, max: 3 });
        const rest = await queue.receive('images', impatient);
        expect(first).to.have.length(3);
        expect(bodies([...first, ...rest])).to.deep.equal(['0', '1', '2', '3', '4']);
      });

      it('gives each message to exactly one of several receivers', async () => {
        const sent = Array.from({ length: 40 }, (_, n) => `message ${n}`);
        await Promise.all(sent.map((body, n) => (n % 2 ? queue : other).send('images', body, 0)));
        const receivers = [queue, other, queue, other];
        const taken = await Promise.all(
          receivers.map(async (receiver) => {
            const mine: Message[] = [];
            for (;;) {
              const some = await receiver.receive('images', { ...impatient, max: 3 });
              if (some.length === 0) return mine;
              mine.push(...some);
              expect(mine.length, 'nothing comes twice').to.be.at.most(sent.length);
            }
          }),
        );
        expect(bodies(taken.flat())).to.deep.equal(sent.toSorted());
      });
    });

    describe('hidden messages', () => {
      it('does not show a message that was sent hidden', async () => {
        await queue.send('images', 'later', hour);
        expect(await other.receive('images', impatient)).to.deep.equal([]);
      });

      it('reveals it with the receipt of the send', async () => {
        const sent = await queue.send('images', 'later', hour);
        expect(await queue.hide(sent, 0)).not.to.equal('gone');
        expect((await receiveOne(other)).body).to.equal('later');
      });

      it('shows it by itself when its time has come', async () => {
        await queue.send('images', 'soon', 50);
        expect((await receiveOne(other)).body).to.equal('soon');
      });

      it('shows a received message again after its visibility timeout, and counts deliveries', async () => {
        await queue.send('images', 'work', 0);
        await receiveOne(queue, 50);
        expect((await receiveOne(other, 50)).deliveries).to.equal(2);
        expect((await receiveOne(queue)).deliveries).to.equal(3);
      });

      it('hides a message for longer, and shows it after that', async () => {
        await queue.send('images', 'work', 0);
        const first = await receiveOne(queue);
        const held = await queue.hide(first, hour);
        expect(await other.receive('images', impatient)).to.deep.equal([]);
        if (held === 'gone') throw new Error('the latest receipt was refused');
        await queue.hide(held, 50);
        expect((await receiveOne(other)).body).to.equal('work');
      });
    });

    describe('receipts', () => {
      it('removes a message for good with its latest receipt, from whichever process', async () => {
        await queue.send('images', 'work', 0);
        const message = await receiveOne(queue, 50);
        expect(await other.acknowledge(message)).to.equal('done');
        expect(await queue.depth('images')).to.equal(0);
      });

      it('answers gone for a message that was removed', async () => {
        const sent = await queue.send('images', 'work', 0);
        expect(await queue.acknowledge(sent)).to.equal('done');
        expect(await queue.acknowledge(sent)).to.equal('gone');
        expect(await queue.hide(sent, 0)).to.equal('gone');
      });

      it('voids a receipt when the message is received again', async () => {
        const sent = await queue.send('images', 'work', 0);
        const first = await receiveOne(queue, 50);
        const second = await receiveOne(other);
        for (const stale of [sent, first]) {
          expect(await queue.hide(stale, 0)).to.equal('gone');
          expect(await queue.acknowledge(stale)).to.equal('gone');
        }
        expect(await other.acknowledge(second)).to.equal('done');
      });

      it('voids a receipt when the message is hidden with it', async () => {
        await queue.send('images', 'work', 0);
        const first = await receiveOne(queue);
        const second = await queue.hide(first, hour);
        expect(await queue.hide(first, 0)).to.equal('gone');
        expect(await queue.acknowledge(first)).to.equal('gone');
        expect(second !== 'gone' && (await queue.acknowledge(second))).to.equal('done');
      });

      it('keeps a receipt valid past the timeout while nobody else has received the message', async () => {
        const sent = await queue.send('images', 'work', 0);
        const held = await queue.hide(sent, 0);
        expect(held !== 'gone' && (await queue.acknowledge(held))).to.equal('done');
      });

      it('lets only one of two holders of a receipt act', async () => {
        const sent = await queue.send('images', 'work', hour);
        const outcomes = await Promise.all([queue.acknowledge(sent), other.acknowledge(sent)]);
        expect(outcomes.toSorted()).to.deep.equal(['done', 'gone']);
      });

      it('does not give the receipt of a removed message to a later one', async () => {
        const sent = await queue.send('images', 'first', 0);
        await queue.acknowledge(sent);
        await queue.send('images', 'second', 0);
        expect(await queue.acknowledge(sent)).to.equal('gone');
        expect(await queue.depth('images')).to.equal(1);
      });
    });

    describe('waiting', () => {
      it('answers at once, with none, when told not to wait', async () => {
        expect(await queue.receive('images', impatient)).to.deep.equal([]);
      });

      it('is woken by a message that another process sends', async () => {
        const waiting = queue.receive('images', patient);
        // Asking something else of the same instance lets the wait begin before the send.
        await queue.depth('images');
        await other.send('images', 'wake', 0);
        expect(bodies(await waiting)).to.deep.equal(['wake']);
      });

      it('is woken by a message that the same process sends', async () => {
        const waiting = queue.receive('images', patient);
        await queue.depth('images');
        await queue.send('images', 'wake', 0);
        expect(bodies(await waiting)).to.deep.equal(['wake']);
      });

      it('is woken by a message that another process reveals', async () => {
        const sent = await other.send('images', 'wake', hour);
        const waiting = queue.receive('images', patient);
        await queue.depth('images');
        await other.hide(sent, 0);
        expect(bodies(await waiting)).to.deep.equal(['wake']);
      });

      it('goes on waiting when what came went to another lane', async () => {
        const waiting = queue.receive('images', patient);
        await other.send('documents', 'not for you', 0);
        await other.send('images', 'for you', 0);
        expect(bodies(await waiting)).to.deep.equal(['for you']);
      });

      it('gives one message to one of several that wait', async () => {
        const stop = new AbortController();
        const waits = [queue, other, queue].map((receiver) =>
          receiver.receive('images', { ...patient, signal: stop.signal }),
        );
        await queue.send('images', 'wake', 0);
        await Promise.race(waits);
        stop.abort();
        expect((await Promise.all(waits)).flat()).to.have.length(1);
      });

      it('ends with none when the signal aborts', async () => {
        const stop = new AbortController();
        const waiting = queue.receive('images', { ...patient, signal: stop.signal });
        await queue.depth('images');
        stop.abort();
        expect(await waiting).to.deep.equal([]);
      });

      it('takes nothing when the signal has aborted before', async () => {
        await queue.send('images', 'work', 0);
        const signal = AbortSignal.abort();
        expect(await queue.receive('images', { ...patient, signal })).to.deep.equal([]);
        expect((await receiveOne(queue)).deliveries).to.equal(1);
      });

      it('ends with none after its time', async () => {
        expect(await queue.receive('images', { ...patient, waitMs: 20 })).to.deep.equal([]);
      });
    });

    describe('depth', () => {
      it('counts what is visible and what is hidden, by lane', async () => {
        await queue.send('images', 'a', 0);
        await queue.send('images', 'b', hour);
        await queue.send('documents', 'c', 0);
        expect([await other.depth('images'), await other.depth('documents')]).to.deep.equal([2, 1]);
      });
    });

    describe('limits', () => {
      it('refuses what some backend could not take', async () => {
        const receipt = await queue.send('images', 'work', 0);
        const refused = [
          queue.send('images', 'x'.repeat(messageBytesMax + 1), 0),
          // The limit is in bytes, not in characters.
          queue.send('images', 'ü'.repeat(messageBytesMax / 2 + 1), 0),
          queue.send('images', 'x', visibilityMsMax + 1),
          queue.send('images', 'x', -1),
          queue.send('images', 'x', Number.NaN),
          queue.hide(receipt, visibilityMsMax + 1),
          queue.hide(receipt, -1),
          queue.receive('images', { ...impatient, max: 0 }),
          queue.receive('images', { ...impatient, max: receiveMax + 1 }),
          queue.receive('images', { ...impatient, max: 1.5 }),
          queue.receive('images', { ...impatient, visibilityMs: 0 }),
          queue.receive('images', { ...impatient, visibilityMs: visibilityMsMax + 1 }),
          queue.receive('images', { ...impatient, waitMs: -1 }),
        ];
        for (const error of await Promise.all(refused.map(rejection)))
          expect(error).to.be.instanceOf(RangeError);
        expect(await queue.depth('images')).to.equal(1);
      });

      it('takes the longest hiding there is', async () => {
        const sent = await queue.send('images', 'x', visibilityMsMax);
        expect(await queue.hide(sent, visibilityMsMax)).not.to.equal('gone');
      });
    });

    describe('close', () => {
      it('ends waits, finishes what was begun, refuses what comes later, and may be called twice', async () => {
        const waiting = queue.receive('images', patient);
        const sending = queue.send('documents', 'work', 0);
        await Promise.all([queue.close(), queue.close()]);
        expect(await waiting).to.deep.equal([]);
        await sending;
        expect(await other.depth('documents')).to.equal(1);
        expect(await rejection(queue.depth('images'))).to.be.instanceOf(Error);
        await queue.close();
      });
    });
  });
}
