// GET /v1/operations/{name} and /v1/operations/{family}/{name}
import type { RequestHandler } from 'express';
import { operationDocument } from '#api/documents/operation-document.ts';
import { pathParam } from '#api/path-param.ts';
import { AppError } from '#shared/errors.ts';
import { findOperation, operationNames } from '#shared/operations/catalogue.ts';

export function showOperation(): RequestHandler {
  return (request, response) => {
    const family = request.params['family'] === undefined ? '' : `${pathParam(request, 'family')}/`;
    const operation = findOperation(family + pathParam(request, 'name'));
    if (!operation)
      throw new AppError('not_found', {
        detail: 'There is no operation of this name.',
        hint: `Operations are: ${operationNames.join(', ')}.`,
      });
    response.json(operationDocument(operation));
  };
}
