// What a message in a lane carries: where the record is, nothing more, so that an old worker understands a new
// api. An unknown version is given back untouched.
import { isJobId } from './job-id.ts';

export const messageVersion = 1;

export interface JobReminder {
  readonly account: string;
  readonly job: string;
}

export function formatMessage({ account, job }: JobReminder): string {
  return JSON.stringify({ v: messageVersion, account, job });
}

export function parseMessage(body: string): JobReminder | 'unknown_version' | 'unreadable' {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'unreadable';
  }
  if (typeof value !== 'object' || value === null) return 'unreadable';
  const { v, account, job } = value as Record<string, unknown>;
  if (typeof v === 'number' && v > messageVersion) return 'unknown_version';
  if (v !== messageVersion || typeof account !== 'string' || typeof job !== 'string') return 'unreadable';
  return /^[0-9a-f]{32}$/.test(account) && isJobId(job) ? { account, job } : 'unreadable';
}
