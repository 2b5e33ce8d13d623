// GET /v1/status
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { rfc3339 } from '#api/documents/job-document.ts';
import { version } from '#api/version.ts';

export function showStatus({ config, clock, draining }: ApiContext): RequestHandler {
  const startedAt = clock.now();
  return (_request, response) =>
    void response.json({
      version,
      time: rfc3339(clock.now()),
      timeZone: 'UTC',
      backend: config.backend,
      uptimeSeconds: Math.max(0, Math.floor((clock.now() - startedAt) / 1000)),
      draining: draining.aborted,
    });
}
