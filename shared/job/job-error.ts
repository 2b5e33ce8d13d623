// An error as the job's record and the client see it: the table's words for the code, what happened this
// time, and where.
import { errorKinds } from '#shared/errors.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { JobError } from './job.ts';

export interface Where {
  readonly step?: number | undefined;
  readonly input?: number | undefined;
}

interface Said {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

export function jobError(
  code: ErrorCode,
  { detail, hint }: Said = {},
  { step, input }: Where = {},
): JobError {
  const { fault, retryable, title } = errorKinds[code];
  return {
    code,
    fault,
    retryable,
    title,
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
    ...(step !== undefined && { step }),
    ...(input !== undefined && { input }),
  };
}
