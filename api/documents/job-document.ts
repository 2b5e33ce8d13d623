// A job's record as its owner sees it: the whole public form of a job, and no more.
import { errorHints } from '#shared/error-hints.ts';
import { isTerminal, shownStatus } from '#shared/job/job.ts';
import type { Job, JobError } from '#shared/job/job.ts';
import type { JobDocument } from '../schemas/job-schema.ts';

/** `now` in milliseconds since the epoch: an ended job that is past its time shows as `expired`, cleaned up or not. */
export function jobDocument(job: Job, now: number): JobDocument {
  return {
    id: job.id,
    status: shownStatus(job, now),
    steps: job.steps.map(({ operation, params }) => ({ operation, params })),
    inputs: job.inputs.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    results: job.results.map(({ name, mediaType, bytes, sha256 }, index) => ({
      index,
      name,
      mediaType,
      bytes,
      sha256,
      url: `${jobUrl(job.id)}/results/${index}`,
    })),
    error: job.error ? errorDocument(job.error) : null,
    warnings: [...job.warnings],
    progress: job.progress,
    credits: { held: isTerminal(job.status) ? 0 : job.hold.credits, charged: job.charged },
    attempts: job.attempts,
    createdAt: rfc3339(job.createdAt),
    startedAt: job.startedAt === undefined ? null : rfc3339(job.startedAt),
    finishedAt: job.finishedAt === undefined ? null : rfc3339(job.finishedAt),
    expiresAt: rfc3339(job.expiresAt),
  };
}

/** Relative to the server: an absolute one would have to trust the Host header. */
export function jobUrl(id: string): string {
  return `/v1/jobs/${id}`;
}

function errorDocument({
  code,
  fault,
  retryable,
  title,
  detail,
  hint,
  step,
  input,
}: JobError): JobDocument['error'] {
  return {
    code,
    fault,
    retryable,
    title,
    detail: detail ?? title,
    hint: hint ?? errorHints[code],
    step: step ?? null,
    input: input ?? null,
  };
}

export function rfc3339(at: number): string {
  return new Date(at).toISOString();
}
