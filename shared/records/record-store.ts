// The port to the records: the truth about accounts, jobs and money.
//
// Shaped after Azure Table Storage: rows in partitions, an ETag on each row, transactions within one
// partition only. Every driver refuses what Azure would refuse, so that code which works on one works on
// all.
//
// Every driver passes test/conformance/record-store.ts.

export type RecordValue = string | number | boolean;
export type RecordFields = Readonly<Record<string, RecordValue>>;

export interface StoredRecord {
  readonly key: string;
  readonly etag: string;
  readonly fields: RecordFields;
}

/** Azure Table Storage, entity group transactions. */
export const writesMax = 100;
/** 64 KiB a property, and strings are stored in UTF-16. */
export const stringLengthMax = 32 * 1024;
/** All string fields of one row together, in UTF-16 code units (1 MiB a row, with room for names). */
export const rowLengthMax = 480 * 1024;
/** All strings of one transaction together, in UTF-16 code units (4 MiB a transaction as sent). */
export const transactionLengthMax = 1024 * 1024;
export const fieldsMax = 252;
export const keyLengthMax = 512;
export const listMax = 1000;

/**
 * One write of a transaction. `replace` sets all fields of the row (it does not merge). `etag` makes it
 * conditional on the row being as it was read; without it `delete` removes whatever is there, and a missing
 * row is then no conflict. `put` writes unconditionally.
 */
export type Write =
  | { readonly op: 'insert'; readonly key: string; readonly fields: RecordFields }
  | { readonly op: 'replace'; readonly key: string; readonly fields: RecordFields; readonly etag: string }
  | { readonly op: 'put'; readonly key: string; readonly fields: RecordFields }
  | { readonly op: 'delete'; readonly key: string; readonly etag?: string };

/** A conflict is an outcome: `key` names the first row whose condition did not hold; nothing was written. */
export type CommitOutcome =
  | { readonly committed: true; readonly etags: ReadonlyMap<string, string> }
  | { readonly committed: false; readonly key: string };

export interface ListOptions {
  /** Keys from here on, inclusive. Keys are ordered by UTF-16 code unit. */
  readonly from?: string;
  /** Keys below this one, exclusive. */
  readonly below?: string;
  /** 1 to listMax. */
  readonly limit: number;
}

export interface ListPage {
  readonly records: StoredRecord[];
  /** The key to continue from (inclusive), when there may be more. */
  readonly next: string | undefined;
}

export interface RecordStore {
  get(partition: string, key: string): Promise<StoredRecord | undefined>;
  list(partition: string, options: ListOptions): Promise<ListPage>;
  /**
   * All writes or none, durable once resolved. Each key at most once, 1 to writesMax writes.
   * Throws RangeError past the limits. Any other rejection means *unknown*: it may or may not have been done. A driver never
   * repeats a commit by itself: it could not tell its own write from another's.
   */
  commit(partition: string, writes: readonly Write[]): Promise<CommitOutcome>;
  /**
   * Waits until the row differs from `etag` (undefined: until it exists), at most `waitMs`, or until the
   * signal aborts; answers the row as it then is.
   */
  waitForChange(
    partition: string,
    key: string,
    options: { readonly etag: string | undefined; readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<StoredRecord | undefined>;
  /** The backend's time in milliseconds since the epoch: the only clock that leases are measured by. */
  now(): number;
  close(): Promise<void>;
}

// Azure Table Storage forbids / \ # ? and control characters in keys.
const keyPattern = /^[^/\\#?\p{Cc}]+$/u;
const fieldPattern = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
// Azure Table Storage keeps its own properties beside ours.
const reservedFields: readonly string[] = ['partitionkey', 'rowkey', 'timestamp', 'etag'];

function assertKey(what: string, key: string): void {
  if (key.length === 0 || key.length > keyLengthMax || !keyPattern.test(key))
    throw new RangeError(`${what} must have 1 to ${keyLengthMax} characters, none of / \\ # ? or control`);
}

function fieldLength(key: string, name: string, value: RecordValue): number {
  if (!fieldPattern.test(name) || reservedFields.includes(name.toLowerCase()))
    throw new RangeError(`field "${name}" of "${key}" has a name that is not allowed`);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`field "${name}" of "${key}" is not a finite number`);
  if (typeof value !== 'string') return 8;
  if (value.length > stringLengthMax)
    throw new RangeError(
      `field "${name}" of "${key}" has ${value.length} characters, ${stringLengthMax} is the most`,
    );
  return value.length;
}

/** What every driver refuses before it writes. Throws RangeError naming the limit. */
export function assertWrites(partition: string, writes: readonly Write[]): void {
  assertKey('a partition', partition);
  if (writes.length < 1 || writes.length > writesMax)
    throw new RangeError(`a transaction has 1 to ${writesMax} writes, not ${writes.length}`);
  const keys = new Set<string>();
  let transactionLength = 0;
  for (const write of writes) {
    assertKey('a key', write.key);
    if (keys.has(write.key)) throw new RangeError(`a transaction writes "${write.key}" twice`);
    keys.add(write.key);
    if (write.op === 'delete') continue;
    const fields = Object.entries(write.fields);
    if (fields.length > fieldsMax)
      throw new RangeError(`row "${write.key}" has ${fields.length} fields, ${fieldsMax} is the most`);
    const rowLength = fields.reduce((sum, [name, value]) => sum + fieldLength(write.key, name, value), 0);
    if (rowLength > rowLengthMax)
      throw new RangeError(`row "${write.key}" has ${rowLength} characters, ${rowLengthMax} is the most`);
    transactionLength += rowLength;
  }
  if (transactionLength > transactionLengthMax)
    throw new RangeError(
      `a transaction has ${transactionLength} characters, ${transactionLengthMax} is the most`,
    );
}
