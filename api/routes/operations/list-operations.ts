// GET /v1/operations
import type { RequestHandler } from 'express';
import { operationDocument } from '#api/documents/operation-document.ts';
import { operationNames } from '#shared/operations/catalogue.ts';
import { operationFor } from '#shared/job/plan-job.ts';

export function listOperations(): RequestHandler {
  const items = operationNames.map((name) => operationDocument(operationFor(name)));
  return (_request, response) => void response.json({ items, next: null });
}
