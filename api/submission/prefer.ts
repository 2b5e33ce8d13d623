// The Prefer header (RFC 7240): how long a client is willing to wait for the job. What is not understood is ignored, as
// the specification says.
import type { Request, Response } from 'express';
import type { ApiContext } from '../api-context.ts';

const preferencePattern = /^([a-z-]+)(?:\s*=\s*"?([^";]*)"?)?(?:\s*;.*)?$/;

/** Milliseconds to wait: the client's wish within the limit, or the default. Says in the answer what was applied. */
export function parseWaitMs(
  { config }: ApiContext,
  request: Request,
  response: Response,
  defaultSeconds: number,
): number {
  const preferences = parsePrefer(request.get('Prefer') ?? '');
  if (preferences.has('respond-async') && !preferences.has('wait')) {
    response.setHeader('Preference-Applied', 'respond-async');
    return 0;
  }
  const asked = preferences.get('wait') ?? '';
  if (!/^\d{1,9}$/.test(asked)) return defaultSeconds * 1000;
  const seconds = Math.min(Number(asked), config.limits.waitSecondsMax);
  response.setHeader('Preference-Applied', `wait=${seconds}`);
  return seconds * 1000;
}

/** The first of a name counts. */
function parsePrefer(header: string): Map<string, string> {
  const preferences = new Map<string, string>();
  for (const item of header.split(',')) {
    const [, name, value = ''] = preferencePattern.exec(item.trim().toLowerCase()) ?? [];
    if (name !== undefined && !preferences.has(name)) preferences.set(name, value.trim());
  }
  return preferences;
}
