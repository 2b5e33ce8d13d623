// Every failure that the platform names, in one table: what HTTP says of it, whether trying again can
// help, and whose fault it is. `input` is the client's (or the file's) and is never charged nor retried;
// `engine` is a converter's; `platform` is ours. Unknown errors become `internal`.
//
// Retry, cancel and give-back are outcomes (values), not errors: see shared/job.

export type Fault = 'input' | 'engine' | 'platform';

interface ErrorKind {
  readonly status: number;
  readonly retryable: boolean;
  readonly fault: Fault;
  /** One short sentence for people; the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
}

const input = (status: number, title: string): ErrorKind => ({
  status,
  retryable: false,
  fault: 'input',
  title,
});

export const errorKinds = {
  // The request
  bad_request: input(400, 'The request could not be understood.'),
  invalid_params: input(400, 'The parameters are not valid.'),
  unknown_operation: input(400, 'There is no such operation.'),
  missing_file: input(400, 'The request has no file.'),
  empty_file: input(400, 'The file is empty.'),
  token_in_url: input(400, 'A key may only be sent in the Authorization header.'),
  upload_incomplete: input(400, 'The upload stopped before its end.'),
  unauthorized: input(401, 'A valid key is needed.'),
  insufficient_credits: input(402, 'The account does not have enough credits.'),
  forbidden: input(403, 'The key may not do this.'),
  account_suspended: input(403, 'The account is suspended.'),
  registration_closed: input(403, 'Registration is not open.'),
  not_found: input(404, 'There is nothing at this address.'),
  job_not_found: input(404, 'There is no such job.'),
  result_not_found: input(404, 'The job has no such result.'),
  method_not_allowed: input(405, 'This method is not allowed here.'),
  request_timeout: { ...input(408, 'The request took too long to arrive.'), retryable: true },
  job_not_finished: { ...input(409, 'The job has not finished yet.'), retryable: true },
  job_finished: input(409, 'The job has already finished.'),
  job_not_succeeded: input(409, 'The job has no results.'),
  job_expired: input(410, 'The job has expired.'),
  job_deleted: input(410, 'The job was deleted.'),
  payload_too_large: input(413, 'The request is too large.'),
  headers_too_large: input(431, 'The headers of the request are too long.'),
  unsupported_media_type: input(415, 'This kind of content is not accepted.'),
  range_not_satisfiable: input(416, 'The range lies outside the file.'),
  rate_limited: { ...input(429, 'Too many requests came from this address.'), retryable: true },
  idempotency_mismatch: input(422, 'This Idempotency-Key was used for another request.'),
  job_failed: input(422, 'The job failed.'),

  // The file, found out while the job runs
  unsupported_file: input(422, 'This kind of file is not accepted by the operation.'),
  corrupt_file: input(422, 'The file is damaged.'),
  encrypted_file: input(422, 'The file is encrypted.'),
  image_too_large: input(422, 'The image has too many pixels.'),
  file_too_complex: input(422, 'The file needs more time or memory than a job may use.'),
  expired_in_queue: {
    status: 422,
    retryable: true,
    fault: 'platform',
    title: 'The job expired before it was done.',
  },

  // Engines and platform
  engine_failed: { status: 422, retryable: true, fault: 'engine', title: 'The converter failed.' },
  engine_crashed: { status: 422, retryable: true, fault: 'engine', title: 'The converter crashed.' },
  engine_timeout: { status: 422, retryable: true, fault: 'engine', title: 'The conversion took too long.' },
  claims_lost: {
    status: 422,
    retryable: true,
    fault: 'platform',
    title: 'The job lost its worker too often.',
  },
  input_lost: { status: 422, retryable: false, fault: 'platform', title: 'An input of the job is gone.' },
  overloaded: { status: 503, retryable: true, fault: 'platform', title: 'The service is busy.' },
  unavailable: { status: 503, retryable: true, fault: 'platform', title: 'The service is not available.' },
  internal: { status: 500, retryable: true, fault: 'platform', title: 'Something went wrong on our side.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface AppErrorDetails {
  /** What happened this time, for the client: no paths, no secrets, no stack. */
  readonly detail?: string;
  /** What the client can do about it. */
  readonly hint?: string;
  /** More members of the problem document, e.g. `{ param: 'width' }`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, details: AppErrorDetails = {}) {
    super(details.detail ?? errorKinds[code].title, { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = details.detail;
    this.hint = details.hint;
    this.extra = details.extra ?? {};
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  get status(): number {
    return errorKinds[this.code].status;
  }

  get fault(): Fault {
    return errorKinds[this.code].fault;
  }

  get retryable(): boolean {
    return errorKinds[this.code].retryable;
  }
}

/** The error itself if it is ours; otherwise `internal`, with the original as its cause. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', { cause: error });
}

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorKinds, value);
}
