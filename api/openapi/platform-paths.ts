// What the OpenAPI document says about accounts, operations and the platform itself.
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { accountSchema, registerRequestSchema, registrationSchema } from '../schemas/account-schema.ts';
import { operationListSchema, operationSchema } from '../schemas/operation-schema.ts';
import { healthSchema, rootSchema, statusSchema } from '../schemas/platform-schema.ts';
import * as describe from './describe.ts';
import type { ProblemStatus } from './describe.ts';

/** A route that anyone may read and that takes nothing. */
function open(
  operationId: string,
  summary: string,
  schema: z.ZodType,
  problems: readonly ProblemStatus[] = [],
): ZodOpenApiOperationObject {
  return {
    operationId,
    summary,
    tags: ['platform'],
    responses: describe.responses({ '200': describe.json(schema, summary) }, problems),
  };
}

export const platformPaths: ZodOpenApiPathsObject = {
  '/': { get: open('showRoot', 'Where to begin', rootSchema) },
  '/livez': { get: open('showLivez', 'Whether the process answers', healthSchema) },
  '/readyz': { get: open('showReadyz', 'Whether the node takes requests', healthSchema) },
  '/v1/status': { get: open('showStatus', 'Version, time and backend', statusSchema) },
  '/v1/openapi.json': {
    get: open(
      'showOpenApi',
      'This document',
      z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }),
    ),
  },
  '/v1/operations': { get: open('listOperations', 'The catalogue of operations', operationListSchema) },
  '/v1/operations/{name}': {
    get: {
      ...open(
        'showOperation',
        'One operation: what it takes, its params and its price',
        operationSchema,
        [404],
      ),
      requestParams: { path: z.object({ name: z.string() }) },
    },
  },
  '/v1/register': {
    post: {
      operationId: 'register',
      summary: 'Make an account and its first key',
      tags: ['account'],
      requestParams: { header: describe.idempotencyHeader },
      requestBody: { required: false, content: { 'application/json': { schema: registerRequestSchema } } },
      responses: describe.responses(
        { '201': describe.json(registrationSchema, 'The account and its key.') },
        [403, 413, 415, 422],
      ),
    },
  },
  '/v1/account': {
    get: {
      operationId: 'showAccount',
      summary: 'The account: balance, jobs, limits',
      tags: ['account'],
      ...describe.withKey,
      responses: describe.responsesWithKey({ '200': describe.json(accountSchema, 'The account.') }, []),
    },
  },
};
