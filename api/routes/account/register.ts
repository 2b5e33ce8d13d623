// POST /v1/register
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { readJson } from '#api/read-json.ts';
import { registerRequestSchema } from '#api/schemas/account-schema.ts';
import { registerAccount } from '#shared/account/register-account.ts';
import { AppError } from '#shared/errors.ts';
import { idempotencyKey } from '#shared/job/idempotency.ts';

/** 201 with a new account and its first key, shown this once. */
export function register(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const { invite } = await readJson(request, response, registerRequestSchema);
    assertOpen(context, invite);
    const given = request.get('Idempotency-Key');
    // With its invite: two holders who chose the same key must not be given one account.
    const idempotency = given === undefined ? undefined : `${invite ?? ''}\n${registrationKey(given)}`;
    response.status(201).json(await registerAccount(context, idempotency));
  };
}

/** Whoever knows it gets the account's key, for a day: it has to be one that nobody else comes upon. */
const registrationKeyLengthMin = 16;

function registrationKey(given: string): string {
  if (given.length < registrationKeyLengthMin)
    throw new AppError('bad_request', {
      detail: `To register, an Idempotency-Key has at least ${registrationKeyLengthMin} characters.`,
      hint: 'Send a fresh UUID: whoever repeats this request is shown the same key.',
    });
  return idempotencyKey(given);
}

function assertOpen({ config }: ApiContext, invite: string | undefined): void {
  const { mode, invites } = config.registration;
  if (mode === 'open') return;
  if (mode === 'closed')
    throw new AppError('registration_closed', { detail: 'Only the operator makes accounts here.' });
  if (invite === undefined)
    throw new AppError('registration_closed', {
      detail: 'Registration needs an invite.',
      hint: 'Send the JSON body {"invite": "…"}; the operator of this service gives invites.',
    });
  if (!isInvite(invite, invites))
    throw new AppError('registration_closed', {
      detail: 'The invite is not valid.',
      hint: 'Ask the operator of this service for an invite.',
    });
}

/** Takes the same time whichever invite it is, or none. */
function isInvite(given: string, invites: readonly string[]): boolean {
  let found = false;
  for (const invite of invites) found = timingSafeEqual(digest(given), digest(invite)) || found;
  return found;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
