// Who is calling: a key's value to its account and scopes, by one point read, remembered for at most three seconds, so
// that a revoked key stops working on every node within that time. When the store cannot be read the answer is an error,
// never a stale yes.
import type { Context } from '#shared/context.ts';
import type { RecordFields } from '#shared/records/record-store.ts';
import { keyKey, parseKey, secretMatches } from './key.ts';
import type { Scope } from './key.ts';

export interface Caller {
  readonly account: string;
  readonly key: string;
  readonly mode: 'live' | 'test';
  readonly scopes: readonly Scope[];
}

export type CheckKey = (value: string) => Promise<Caller | undefined>;

const rememberMs = 3000;
const rememberedMax = 10_000;

interface Remembered {
  readonly fields: RecordFields;
  readonly until: number;
}

/** A checker with its own short memory of key rows. It rejects when the store does. */
export function createCheckKey({ records }: Pick<Context, 'records'>): CheckKey {
  const memory = new Map<string, Remembered>();

  async function readKey(account: string, id: string): Promise<RecordFields | undefined> {
    const name = `${account}.${id}`;
    const known = memory.get(name);
    const leftMs = known ? known.until - records.now() : 0;
    // Never longer than agreed, whatever the clock did meanwhile.
    if (known && leftMs > 0 && leftMs <= rememberMs) return known.fields;
    memory.delete(name);
    const record = await records.get(account, keyKey(id));
    // Only what exists is remembered: a flood of invented keys must not push real ones out.
    if (!record) return undefined;
    if (memory.size >= rememberedMax) memory.delete(memory.keys().next().value ?? name);
    memory.set(name, { fields: record.fields, until: records.now() + rememberMs });
    return record.fields;
  }

  return async (value) => {
    const key = parseKey(value);
    if (!key) return undefined;
    const fields = await readKey(key.account, key.id);
    if (!fields || fields['mode'] !== key.mode || !secretMatches(key.secret, String(fields['secretSha256'])))
      return undefined;
    if (Number(fields['revokedAt']) > 0) return undefined;
    if (Number(fields['expiresAt']) > 0 && Number(fields['expiresAt']) <= records.now()) return undefined;
    const granted = String(fields['scopes']).split(' ') as Scope[];
    return { account: key.account, key: key.id, mode: key.mode, scopes: granted };
  };
}
