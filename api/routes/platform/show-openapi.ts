// GET /v1/openapi.json
import type { RequestHandler } from 'express';
import { createOpenApi } from '#api/openapi/create-openapi.ts';

export function showOpenApi(): RequestHandler {
  const document = createOpenApi();
  return (_request, response) => void response.json(document);
}
