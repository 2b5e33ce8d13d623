// What the OpenAPI document says about jobs.
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { operationNames } from '#shared/operations/catalogue.ts';
import type { OperationName } from '#shared/operations/catalogue.ts';
import { catalogue } from '#shared/operations/catalogue.ts';
import type { Operation } from '#shared/operations/operation.ts';
import { jobIdSchema, jobListSchema, jobSchema, listQuerySchema } from '../schemas/job-schema.ts';
import { jobPartSchema, paramsPartSchema } from '../schemas/submission-schema.ts';
import * as describe from './describe.ts';

const file = z.string().meta({ override: { type: 'string', format: 'binary' } });
const files = z.array(file).min(1).describe('The input files, in order. Repeat the part.');
const idPath = z.object({ id: jobIdSchema });
const accepted = {
  Location: describe.location,
  'Retry-After': describe.retryAfter,
  'Preference-Applied': describe.preferenceApplied,
  'Idempotency-Replayed': describe.replayed,
};
const uploadProblems = [402, 408, 410, 413, 415, 422] as const;

const submit: ZodOpenApiOperationObject = {
  operationId: 'submitJob',
  summary: 'Submit a job',
  description: 'Either `operation` and `params`, or `job`. Parts may come in any order.',
  tags: ['jobs'],
  ...describe.withKey,
  requestParams: { header: describe.preferHeader.extend(describe.idempotencyHeader.shape) },
  requestBody: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: z.object({
          file: files,
          operation: z
            .string()
            .optional()
            .describe(`One of: ${operationNames.join(', ')}.`),
          params: paramsPartSchema.optional().describe('JSON: the operation’s params.'),
          job: jobPartSchema.optional().describe('JSON: several steps at once.'),
        }),
        encoding: { params: { contentType: 'application/json' }, job: { contentType: 'application/json' } },
      },
    },
  },
  responses: describe.responsesWithKey(
    {
      '200': describe.json(
        jobSchema,
        'The job has ended within the time that the client preferred to wait.',
        {
          Location: describe.location,
        },
      ),
      '202': describe.json(jobSchema, 'Accepted.', accepted),
    },
    uploadProblems,
  ),
};

const runParameters = { header: describe.preferHeader.extend(describe.idempotencyHeader.shape) };

/** A form that gives them in the part `params` has none of them as parts. */
function optionalParams({ params }: Operation): Record<string, z.ZodType> {
  const shape = params.shape as Record<string, z.ZodType>;
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()]));
}

/** One route serves every operation; each is described by itself, with its own params. */
function run(name: OperationName): ZodOpenApiOperationObject {
  const operation = catalogue[name] as unknown as Operation;
  return {
    operationId: `run-${name}`,
    summary: operation.summary,
    description: 'Answers the result itself. `Prefer: wait=n` says how long to wait for it.',
    tags: ['run'],
    ...describe.withKey,
    requestParams: runParameters,
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: z.object({
            file: files,
            params: paramsPartSchema
              .optional()
              .describe('JSON: params can be given here, or as parts of their own.'),
            ...optionalParams(operation),
          }),
        },
      },
    },
    responses: describe.responsesWithKey(
      {
        '200': describe.bytes('The result; a zip when there are several.', ['*/*'], {
          'X-Job-Id': jobIdSchema,
          Location: describe.location,
          'Content-Disposition': z.string(),
          ETag: z.string().optional(),
          'Repr-Digest': z.string().optional(),
        }),
        '202': describe.json(jobSchema, 'It takes longer than the wait.', {
          ...accepted,
          'X-Job-Id': jobIdSchema,
        }),
      },
      [404, 409, ...uploadProblems],
    ),
  };
}

const downloadHeaders = {
  ETag: z.string().describe('The SHA-256 of the bytes.'),
  'Repr-Digest': z.string().describe('RFC 9530.'),
  'Content-Disposition': z.string(),
  'Accept-Ranges': z.literal('bytes'),
};

const download: ZodOpenApiOperationObject = {
  operationId: 'downloadResult',
  summary: 'Download a result',
  description: 'Takes single byte ranges, `If-None-Match` and `If-Range`.',
  tags: ['results'],
  ...describe.withKey,
  requestParams: {
    path: z.object({ id: jobIdSchema, index: z.string().regex(/^\d+$/) }),
    header: z.object({
      Range: z.string().optional(),
      'If-None-Match': z.string().optional(),
      'If-Range': z.string().optional(),
    }),
  },
  responses: describe.responsesWithKey(
    {
      '200': describe.bytes('The whole result.', ['*/*'], downloadHeaders),
      '206': describe.bytes('A part of it.', ['*/*'], { ...downloadHeaders, 'Content-Range': z.string() }),
      '304': { description: 'The client has it already.' },
    },
    [404, 409, 410, 416],
  ),
};

export const jobPaths: ZodOpenApiPathsObject = {
  '/v1/jobs': {
    post: submit,
    get: {
      operationId: 'listJobs',
      summary: 'List jobs, newest first',
      tags: ['jobs'],
      ...describe.withKey,
      requestParams: { query: listQuerySchema },
      responses: describe.responsesWithKey({ '200': describe.json(jobListSchema, 'A page of jobs.') }, []),
    },
  },
  '/v1/jobs/{id}': {
    get: {
      operationId: 'showJob',
      summary: 'Show a job, or wait for it',
      tags: ['jobs'],
      ...describe.withKey,
      requestParams: { path: idPath, header: describe.preferHeader },
      responses: describe.responsesWithKey(
        {
          '200': describe.json(jobSchema, 'The job as it is; `Retry-After` while it is in progress.', {
            'Retry-After': describe.retryAfter.optional(),
            'Preference-Applied': describe.preferenceApplied,
          }),
        },
        [404, 410],
      ),
    },
    delete: {
      operationId: 'deleteJob',
      summary: 'Erase an ended job’s data now',
      tags: ['jobs'],
      ...describe.withKey,
      requestParams: { path: idPath },
      responses: describe.responsesWithKey(
        { '204': { description: 'Gone; also when it was before.' } },
        [404, 409],
      ),
    },
  },
  '/v1/jobs/{id}/cancel': {
    post: {
      operationId: 'cancelJob',
      summary: 'Cancel a job',
      tags: ['jobs'],
      ...describe.withKey,
      requestParams: { path: idPath },
      responses: describe.responsesWithKey(
        { '200': describe.json(jobSchema, 'Canceled, now or before.') },
        [404, 409, 410],
      ),
    },
  },
  '/v1/jobs/{id}/results/{index}': { get: download },
  '/v1/jobs/{id}/results.zip': {
    get: {
      operationId: 'downloadResultsZip',
      summary: 'Download all results in one archive',
      tags: ['results'],
      ...describe.withKey,
      requestParams: { path: idPath },
      responses: describe.responsesWithKey(
        { '200': describe.bytes('The archive.', ['application/zip'], { 'Content-Disposition': z.string() }) },
        [404, 409, 410],
      ),
    },
  },
  ...Object.fromEntries(operationNames.map((name) => [`/v1/run/${name}`, { post: run(name) }])),
};
