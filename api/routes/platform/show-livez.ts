// GET /livez: this process answers. It looks at nothing else, so that no restart is caused by what a restart cannot mend.
import type { RequestHandler } from 'express';

export function showLivez(): RequestHandler {
  return (_request, response) => void response.json({ status: 'ok' });
}
