// A job as the record holds it, and its states:
//
//   waiting ──► queued ──► running ──► succeeded ┐
//                 ▲           │        failed    ├──► expired
//                 └── retry ──┘        canceled  ┘
//
//   void: a job that was never accepted; a worker or cleanup writes it in place of a record that did not come, so that
//   a late commit conflicts.
import type { ErrorCode, Fault } from '#shared/errors.ts';
import type { Lane } from '#shared/queue/job-queue.ts';

export type JobStatus =
  'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'expired' | 'void';

export interface JobStep {
  readonly operation: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface JobInput {
  /** As the client named it, made safe: no folders, no control characters. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface JobResult {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface JobError {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly retryable: boolean;
  readonly title: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Which step and which of its input files, both from 0. */
  readonly step?: number;
  readonly input?: number;
}

/** A worker's right to a job. Epochs only rise; the id is random, so that no two claims are ever the same. */
export interface Claim {
  readonly epoch: number;
  readonly id: string;
  /** By the backend's clock, in milliseconds since the epoch. */
  readonly leaseEnd: number;
}

/** How a hold was split, remembered so that allowance of a past period does not come back. */
export interface Hold {
  readonly credits: number;
  readonly fromAllowance: number;
  readonly fromPurchased: number;
  /** The month (`2026-11`) whose allowance it took. */
  readonly period: string;
}

/** What is due after a commit; each idempotent, done by whoever holds the message next. */
export type AfterEffect = 'dead-letter';

export interface Job {
  /** Of the record's form; a worker leaves alone what is newer than itself. */
  readonly version: number;
  /** 32 hexadecimal digits: 12 of inverted time (newest sorts first), 20 random. */
  readonly id: string;
  readonly account: string;
  /** The id of the key it was submitted with. */
  readonly key: string;
  readonly lane: Lane;
  readonly status: JobStatus;
  readonly steps: readonly JobStep[];
  readonly inputs: readonly JobInput[];
  readonly results: readonly JobResult[];
  readonly error?: JobError;
  readonly warnings: readonly string[];
  /** 0 to 1. */
  readonly progress: number;
  readonly hold: Hold;
  readonly charged: number;
  /** Engine and platform failures so far. */
  readonly attempts: number;
  /** Leases that ran out so far. */
  readonly lostClaims: number;
  readonly epoch: number;
  readonly claim?: Claim;
  /** The claim whose results these are. */
  readonly resultsClaim?: string;
  /** No claim before this time (backoff). */
  readonly notBefore?: number;
  readonly after: readonly AfterEffect[];
  /** Where its blobs are: `{shard}/{expiry hour}/{account}/{job}`; inputs may lie under a later hour. */
  readonly folder: string;
  readonly inputsFolder: string;
  /** The record key of its idempotency row, if it has one. */
  readonly idempotency?: string;
  /** Erased on request: nothing of it is shown any more. */
  readonly deleted: boolean;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly expiresAt: number;
}

const terminal: readonly JobStatus[] = ['succeeded', 'failed', 'canceled', 'expired', 'void'];

export function isTerminal(status: JobStatus): boolean {
  return terminal.includes(status);
}

/** What clients are told: an ended job that is past its time has expired, even before cleanup has come by. */
export function shownStatus(job: Pick<Job, 'status' | 'expiresAt'>, now: number): Exclude<JobStatus, 'void'> {
  if (job.status === 'void') return 'expired';
  return isTerminal(job.status) && job.expiresAt <= now ? 'expired' : job.status;
}
