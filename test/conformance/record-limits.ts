// Transactions that every records driver refuses, because some backend could not take them.
import {
  fieldsMax,
  keyLengthMax,
  rowLengthMax,
  stringLengthMax,
  transactionLengthMax,
  writesMax,
  type RecordFields,
  type Write,
} from '#shared/records/record-store.ts';
import { insert, put } from './record-steps.ts';

/** Fields with a string of this length. */
const text = (length: number): RecordFields => ({ text: 'x'.repeat(length) });

/** Fields with strings of this length together, none of them too long. */
export const fieldsOf = (length: number): RecordFields =>
  Object.fromEntries(
    Array.from({ length: Math.ceil(length / stringLengthMax) }, (_, n) => [
      `part${n}`,
      'x'.repeat(Math.min(stringLengthMax, length - n * stringLengthMax)),
    ]),
  );

export const refusedWrites: Record<string, readonly Write[]> = {
  'no write': [],
  'more writes than a transaction may have': Array.from({ length: writesMax + 1 }, (_, n) => insert(`${n}`)),
  'two writes of one row': [put('row'), { op: 'delete', key: 'row' }],
  'an empty key': [insert('')],
  'a key that is too long': [insert('x'.repeat(keyLengthMax + 1))],
  'a key with a slash': [insert('a/b')],
  'a key with a backslash': [insert('a\\b')],
  'a key with a number sign': [insert('a#b')],
  'a key with a question mark': [insert('a?b')],
  'a key with a control character': [insert('a\u0000b')],
  'a field name that is not a plain word': [insert('row', { 'odata.type': 'x' })],
  'a field name that the store keeps for itself': [insert('row', { Timestamp: 1 })],
  'more fields than a row may have': [
    insert('row', Object.fromEntries(Array.from({ length: fieldsMax + 1 }, (_, n) => [`f${n}`, n]))),
  ],
  'a number that is not finite': [insert('row', { n: Number.POSITIVE_INFINITY })],
  'a string that is too long': [insert('row', text(stringLengthMax + 1))],
  'a row that is too long': [insert('row', fieldsOf(rowLengthMax + 1))],
  'a transaction that is too long': [1, 2, 3].map((n) =>
    insert(`${n}`, fieldsOf(transactionLengthMax / 3 + 1)),
  ),
};
