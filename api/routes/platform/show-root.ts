// GET /: where to begin.
import type { RequestHandler } from 'express';

export function showRoot(): RequestHandler {
  return (_request, response) =>
    void response.json({
      name: 'Millrace',
      openapi: '/v1/openapi.json',
      status: '/v1/status',
      operations: '/v1/operations',
    });
}
