// The balance and its entries as rows of the account's partition.
import type { RecordFields, StoredRecord, Write } from '#shared/records/record-store.ts';
import type { Balance, LedgerEntry } from './balance.ts';

export const balanceKey = 'balance';
const seqDigits = 12;

/** Ledger rows sort in the order they were committed. */
export function ledgerKey(seq: number): string {
  return `ledger:${String(seq).padStart(seqDigits, '0')}`;
}

export function balanceFields(balance: Balance): RecordFields {
  return { ...balance };
}

export function parseBalance(record: StoredRecord): Balance {
  return record.fields as unknown as Balance;
}

export function insertEntry(entry: LedgerEntry): Write {
  const { job, ...rest } = entry;
  return { op: 'insert', key: ledgerKey(entry.seq), fields: job === undefined ? rest : { ...rest, job } };
}

export function parseEntry(record: StoredRecord): LedgerEntry {
  return record.fields as unknown as LedgerEntry;
}
