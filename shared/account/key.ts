// API keys: `mr_{live|test}_{account}_{key}_{secret}`. The account is in the key, so that checking it is one point
// read; the secret is stored as its SHA-256 only and shown once. (A secret of 256 random bits needs no slow hash.)
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Chance } from '#shared/clock.ts';
import type { RecordFields } from '#shared/records/record-store.ts';

export const scopes = ['jobs:read', 'jobs:write', 'account:read', 'account:write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What an account's own first key may do: everything but operate the platform. */
export const accountScopes: readonly Scope[] = ['jobs:read', 'jobs:write', 'account:read', 'account:write'];

export interface KeyParts {
  readonly mode: 'live' | 'test';
  readonly account: string;
  readonly id: string;
  readonly secret: string;
}

const keyPattern = /^mr_(live|test)_([0-9a-f]{32})_([0-9a-f]{16})_([0-9a-f]{64})$/;

export function createKey(account: string, mode: KeyParts['mode'], chance: Chance): KeyParts {
  return { mode, account, id: chance.hex(16), secret: chance.hex(64) };
}

export function formatKey({ mode, account, id, secret }: KeyParts): string {
  return `mr_${mode}_${account}_${id}_${secret}`;
}

/** Undefined when the text has another form. */
export function parseKey(value: string): KeyParts | undefined {
  const [, mode, account, id, secret] = keyPattern.exec(value) ?? [];
  if (!mode || !account || !id || !secret) return undefined;
  return { mode: mode as KeyParts['mode'], account, id, secret };
}

export function keyKey(id: string): string {
  return `key:${id}`;
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever the two differ. */
export function secretMatches(secret: string, storedHash: string): boolean {
  const given = Buffer.from(hashSecret(secret));
  const stored = Buffer.from(storedHash);
  return given.length === stored.length && timingSafeEqual(given, stored);
}

/** The row: absent times are 0 (never). */
export function keyFields(key: KeyParts, granted: readonly Scope[], createdAt: number): RecordFields {
  return {
    mode: key.mode,
    secretSha256: hashSecret(key.secret),
    scopes: granted.join(' '),
    name: '',
    createdAt,
    expiresAt: 0,
    revokedAt: 0,
  };
}
