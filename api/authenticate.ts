// Who calls, and may they? A key in the Authorization header and nowhere else: URLs are logged and shared, bodies are
// stored.
import { Passport } from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import type { Request, RequestHandler } from 'express';
import { createCheckKey } from '#shared/account/check-key.ts';
import type { Caller } from '#shared/account/check-key.ts';
import type { Scope } from '#shared/account/key.ts';
import { AppError } from '#shared/errors.ts';
import type { ApiContext } from './api-context.ts';

/** The parameter that RFC 6750 allows in query and body, and this API does not. */
export const tokenParameter = 'access_token';

const challengeDefault = 'Bearer realm="millrace"';

type VerifyFunction = (token: string, done: (error: unknown, caller?: Caller | false) => void) => void;

export type Allow = (scope: Scope) => RequestHandler;

/** A middleware for each scope: it answers 401 without a valid key, 403 without the scope, 503 when nobody can tell. */
export function authenticate(context: ApiContext): Allow {
  const checkKey = createCheckKey(context);
  const passport = new Passport();
  passport.use(
    new BearerStrategy<VerifyFunction>({ realm: 'millrace' }, (token, done) => {
      checkKey(token).then(
        (caller) => done(null, caller ?? false),
        (error: unknown) =>
          done(new AppError('unavailable', { detail: 'Keys cannot be checked now.', cause: error })),
      );
    }),
  );
  return (scope) => (request, response, next) => {
    const decide = (error: unknown, caller: Caller | false | undefined, challenge: unknown): void => {
      if (error) {
        next(error);
      } else if (!caller) {
        response.setHeader('WWW-Authenticate', typeof challenge === 'string' ? challenge : challengeDefault);
        next(new AppError('unauthorized', { detail: describeRefusal(request) }));
      } else if (!caller.scopes.includes(scope)) {
        response.setHeader(
          'WWW-Authenticate',
          `${challengeDefault}, error="insufficient_scope", scope="${scope}"`,
        );
        next(
          new AppError('forbidden', {
            detail: `The key does not have the scope ${scope}.`,
            extra: { scope },
          }),
        );
      } else {
        callers.set(request, caller);
        next();
      }
    };
    const handler = passport.authenticate('bearer', { session: false }, decide) as RequestHandler;
    void handler(request, response, next);
  };
}

const callers = new WeakMap<Request, Caller>();

/** Only behind a middleware of authenticate(). */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request);
  if (!caller)
    throw new AppError('internal', {
      cause: new Error('a route without authentication asked for the caller'),
    });
  return caller;
}

export function callerIfAny(request: Request): Caller | undefined {
  return callers.get(request);
}

function describeRefusal({ headers }: Request): string {
  return headers.authorization === undefined
    ? 'The request has no Authorization header.'
    : 'The key is malformed, unknown, revoked or expired.';
}

/** Before everything else: a key in the URL is refused even where none is needed. */
export const refuseTokenInUrl: RequestHandler = (request, _response, next) => {
  const query = request.url.indexOf('?');
  const found = query !== -1 && new URLSearchParams(request.url.slice(query + 1)).has(tokenParameter);
  next(found ? new AppError('token_in_url', { detail: `The query has ${tokenParameter}.` }) : undefined);
};
