// From a multipart request to an accepted job, for every route that takes one. What can be refused without the body is
// refused before it; whatever was uploaded by a request that is not accepted is discarded.
import type { Request, Response } from 'express';
import { readBalance } from '#shared/account/read-account.ts';
import { AppError } from '#shared/errors.ts';
import { idempotencyKey } from '#shared/job/idempotency.ts';
import { submitJob } from '#shared/job/submit-job.ts';
import type { Accepted } from '#shared/job/submit-job.ts';
import { discardUpload, notStored, openUpload } from '#shared/job/upload.ts';
import type { Upload } from '#shared/job/upload.ts';
import type { ApiContext } from '../api-context.ts';
import { callerOf } from '../authenticate.ts';
import type { Asked } from './parse-submission.ts';
import { allowBody } from '../problem.ts';
import { receiveUpload, requestTooLarge } from './receive-upload.ts';
import type { Received } from './receive-upload.ts';

/** What differs between the routes. */
export interface Form {
  /** Names of the parts that are not files. */
  readonly textParts: readonly string[];
  /** Throws what is wrong with them. */
  readonly parse: (texts: Received['texts']) => Asked;
}

/** Throws what receiveUpload, the form and submitJob throw, and `unsupported_media_type`. */
export async function acceptJob(
  context: ApiContext,
  request: Request,
  response: Response,
  form: Form,
): Promise<Accepted> {
  const { account, key } = callerOf(request);
  assertForm(request);
  assertLength(context, request);
  const given = request.get('Idempotency-Key');
  const idempotency = given === undefined ? undefined : idempotencyKey(given);
  await assertCredit(context, account, idempotency);
  allowBody(response);

  const upload = openUpload(context, account);
  const { inputs, asked } = await receive(context, request, upload, form);
  const accepted = await submitJob(context, { upload, key, inputs, idempotency, ...asked });
  if (accepted.repeated) response.setHeader('Idempotency-Replayed', 'true');
  return accepted;
}

async function receive(context: ApiContext, request: Request, upload: Upload, form: Form) {
  const { fileBytesMax, requestBytesMax, inputsMax, transferSecondsMax } = context.config.limits;
  try {
    const { texts, inputs } = await receiveUpload(context.blobs, request, {
      inputsFolder: upload.inputsFolder,
      textParts: new Set(form.textParts),
      fileBytesMax,
      requestBytesMax,
      inputsMax,
      transferMsMax: transferSecondsMax * 1000,
    });
    return { inputs, asked: form.parse(texts) };
  } catch (error) {
    await discardUpload(context, upload);
    throw error instanceof AppError ? error : notStored('The file', error);
  }
}

/** RFC 2046, section 5.1.1. */
const boundaryLengthMax = 70;

function assertForm(request: Request): void {
  const contentType = request.get('Content-Type') ?? '';
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType))
    throw new AppError('unsupported_media_type', {
      detail:
        contentType === ''
          ? 'The request has no Content-Type.'
          : 'The Content-Type is not multipart/form-data.',
      hint: 'Send multipart/form-data with at least one part named "file".',
    });
  const [, boundary = ''] = /;\s*boundary=("[^"]*"|[^;\s]*)/i.exec(contentType) ?? [];
  const { length } = boundary.replaceAll('"', '');
  if (length < 1 || length > boundaryLengthMax)
    throw new AppError('bad_request', {
      detail: `The Content-Type needs a boundary of 1 to ${boundaryLengthMax} characters; this one has ${length}.`,
    });
  if (request.get('Content-Encoding') !== undefined && request.get('Content-Encoding') !== 'identity')
    throw new AppError('unsupported_media_type', {
      detail: 'The body has a Content-Encoding.',
      hint: 'Send it as it is.',
    });
}

function assertLength({ config }: ApiContext, request: Request): void {
  const { requestBytesMax } = config.limits;
  if (Number(request.get('Content-Length') ?? 0) > requestBytesMax) throw requestTooLarge(requestBytesMax);
}

/** An account that can pay for nothing need not upload; one that repeats a request has paid already. */
async function assertCredit(
  context: ApiContext,
  account: string,
  idempotency: string | undefined,
): Promise<void> {
  const { allowance, purchased, state } = await readBalance(context, account);
  if (allowance + purchased > 0 && state === 'active') return;
  if (idempotency !== undefined && (await context.records.get(account, idempotency))) return;
  if (state !== 'active')
    throw new AppError('account_suspended', { detail: `The account is ${state} and takes no new jobs.` });
  throw new AppError('insufficient_credits', {
    detail: 'The account has no credits left.',
    extra: { creditsAvailable: 0 },
  });
}
