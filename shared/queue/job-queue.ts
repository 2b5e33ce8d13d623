// The port to a queue of reminders. A message says that a job wants work and no more: the record is the
// truth, so a message may come twice, late or after its job has ended, and nothing breaks.
//
// Shaped after queues with visibility timeouts (Azure Queue Storage, SQS): a received message is hidden,
// not removed; whoever holds its latest receipt may hide it again or acknowledge it. A receipt that is no
// longer the latest is an outcome ('gone'), not an exception.
//
// Every driver passes test/conformance/job-queue.ts.

export type Lane = 'documents' | 'images';
export const lanes: readonly Lane[] = ['documents', 'images'];

/** Azure allows 64 KiB in base64; a message is a few dozen bytes. */
export const messageBytesMax = 48 * 1024;
/** Azure Queue Storage: seven days. */
export const visibilityMsMax = 7 * 24 * 3600 * 1000;
/** Azure Queue Storage: 32 messages per receive. */
export const receiveMax = 32;

/** The right to act on a message: valid until someone else receives it or a newer receipt is given out. */
export interface Receipt {
  readonly lane: Lane;
  readonly id: string;
  readonly receipt: string;
}

export interface Message extends Receipt {
  readonly body: string;
  /** How often it has been received, this time included. A hint for logs: attempts are counted in the record. */
  readonly deliveries: number;
}

export interface ReceiveOptions {
  /** At most this many messages, 1 to receiveMax. */
  readonly max: number;
  /** How long they stay hidden from other receivers. */
  readonly visibilityMs: number;
  /** How long to wait for a first message before answering with none. */
  readonly waitMs: number;
  /** Ends the wait early; the answer is then an empty list. Messages already received are still returned. */
  readonly signal?: AbortSignal;
}

export interface JobQueue {
  /** Durable once resolved. `hiddenMs` 0 makes it visible at once. Throws RangeError past the limits. */
  send(lane: Lane, body: string, hiddenMs: number): Promise<Receipt>;
  receive(lane: Lane, options: ReceiveOptions): Promise<Message[]>;
  /** Hides the message for `ms` from now (0 reveals it) and gives a new receipt; the old one is void. */
  hide(receipt: Receipt, ms: number): Promise<Receipt | 'gone'>;
  /** Removes the message for good. */
  acknowledge(receipt: Receipt): Promise<'done' | 'gone'>;
  /** Messages in the lane, hidden ones included; may be approximate. */
  depth(lane: Lane): Promise<number>;
  close(): Promise<void>;
}
