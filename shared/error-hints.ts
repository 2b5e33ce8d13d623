// What a client can do about each error when the place that raised it said nothing more exact. Every code has one, so
// that no problem document leaves its reader without a next step.
import type { ErrorCode } from '#shared/errors.ts';

const seeOpenApi = 'GET /v1/openapi.json describes every request.';
const tryAgain = 'Try again after Retry-After.';
const sendAgain = 'Submit the job again; nothing was charged for this one.';

export const errorHints: Readonly<Record<ErrorCode, string>> = {
  bad_request: seeOpenApi,
  invalid_params: 'GET /v1/operations/{operation} describes the params of every operation.',
  unknown_operation: 'GET /v1/operations lists the operations.',
  missing_file: 'Send at least one multipart part named "file".',
  empty_file: 'Send a file that has content.',
  token_in_url:
    'Send the header "Authorization: Bearer {key}", and replace a key that was sent in a URL: URLs are logged.',
  upload_incomplete: 'Send the request again, with its closing boundary.',
  unauthorized:
    'Send the header "Authorization: Bearer {key}". POST /v1/register makes an account and its first key.',
  insufficient_credits: 'GET /v1/account shows the balance and the month that the allowance is for.',
  forbidden: 'Use a key that has the scope.',
  account_suspended: 'Ask the operator of this service.',
  registration_closed: 'Ask the operator of this service for an account.',
  not_found: 'GET / shows where to begin.',
  job_not_found: 'GET /v1/jobs lists the jobs of this account.',
  result_not_found: 'GET /v1/jobs/{id} lists the results of a job.',
  method_not_allowed: 'Use one of the methods in the Allow header.',
  request_timeout: 'Send the request again, without pauses.',
  job_not_finished: 'Ask GET /v1/jobs/{id} with the header "Prefer: wait=30" until the job has ended.',
  job_finished: 'GET /v1/jobs/{id} shows how it ended.',
  job_not_succeeded: 'GET /v1/jobs/{id} shows how the job ended.',
  job_expired: 'Submit the job again, and fetch results before expiresAt.',
  job_deleted: 'Submit the job again if you need its results.',
  payload_too_large: 'Send less: GET /v1/account shows the limits.',
  headers_too_large: 'Send fewer or shorter headers, and a shorter address.',
  unsupported_media_type: seeOpenApi,
  range_not_satisfiable: 'Content-Range says how long the file is.',
  rate_limited: 'Wait as long as Retry-After says, and send fewer requests at a time.',
  idempotency_mismatch: 'Use a new Idempotency-Key for a new request.',
  job_failed: 'GET /v1/jobs/{id} shows what went wrong.',

  unsupported_file: 'GET /v1/operations/{operation} lists what each operation accepts.',
  corrupt_file: 'Check that the file opens, save it anew and submit it again.',
  encrypted_file: 'Remove the password and submit the file again.',
  image_too_large: 'Make the image smaller and submit it again.',
  file_too_complex: 'Split or simplify the file and submit it again.',
  expired_in_queue: sendAgain,

  engine_failed: sendAgain,
  engine_crashed: sendAgain,
  engine_timeout: sendAgain,
  claims_lost: sendAgain,
  input_lost: sendAgain,
  overloaded: tryAgain,
  unavailable: tryAgain,
  internal: 'Try again; if it happens again, tell the operator the requestId.',
};
