// Holds every answer of the API against its own OpenAPI document: the status and the content type must be among those
// promised, headers and body must follow their schemas.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { createOpenApi } from '#api/openapi/create-openapi.ts';

export interface Observed {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed, when it is JSON. */
  readonly body: unknown;
}

type Json = Readonly<Record<string, unknown>>;

const document = createOpenApi() as unknown as { readonly paths: Readonly<Record<string, Json>> };
const documentId = 'https://millrace.invalid/openapi';
const ajv = new Ajv2020({ strict: false, allErrors: true });
// The module is CommonJS, and its types say otherwise.
(addFormatsModule as unknown as (into: Ajv2020) => void)(ajv);
ajv.addSchema(document, documentId, false, false);
const compiled = new Map<string, ValidateFunction>();

/** Throws an error that says where the answer and the document part. */
export function assertDocumented(observed: Observed): void {
  const { status, headers } = observed;
  if (typeof headers['x-request-id'] !== 'string') refuse(observed, 'it has no X-Request-Id');
  if ((status === 429 || status === 503) && !headers['retry-after'])
    refuse(observed, 'it has no Retry-After');
  if (status >= 400) assertProblem(observed);
  const template = templateOf(observed.path);
  const method = observed.method === 'HEAD' ? 'get' : observed.method.toLowerCase();
  const operation = template === undefined ? undefined : document.paths[template]?.[method];
  if (template === undefined || operation === undefined) {
    const expected = template === undefined ? [400, 404] : [400, 405];
    if (!expected.includes(status)) refuse(observed, 'the document has no such route');
    return;
  }
  const at = ['paths', template, method, 'responses', String(status)];
  const response = lookUp(at);
  if (response === undefined) refuse(observed, `the document has no status ${status} there`);
  assertHeaders(observed, response as Json, at);
  assertBody(observed, response as Json, at);
}

/** The path of the document that this path is an instance of; fixed segments go before parameters. */
function templateOf(path: string): string | undefined {
  // The operation's family may be named or not: one route, described once.
  const segments = path.replace(/^\/v1\/(run|operations)\/[a-z]+\/(?=.)/, '/v1/$1/').split('/');
  const matches = Object.keys(document.paths).filter((template) => {
    const parts = template.split('/');
    return (
      parts.length === segments.length &&
      parts.every((part, index) => part === segments[index] || part.startsWith('{'))
    );
  });
  return matches.toSorted((a, b) => a.split('{').length - b.split('{').length)[0];
}

function assertProblem(observed: Observed): void {
  const body = observed.body as Json;
  if (observed.method === 'HEAD') return;
  if (observed.headers['content-type'] !== 'application/problem+json')
    refuse(observed, 'it is no problem document');
  assertSchema(observed, observed.body, ['components', 'schemas', 'Problem']);
  if (body['status'] !== observed.status) refuse(observed, 'the problem says another status');
  if (body['requestId'] !== observed.headers['x-request-id'])
    refuse(observed, 'the problem has another request id');
}

function assertHeaders(observed: Observed, response: Json, at: readonly string[]): void {
  const headers = (response['headers'] ?? {}) as Readonly<Record<string, Json>>;
  for (const [name, { required }] of Object.entries(headers)) {
    const value = observed.headers[name.toLowerCase()];
    if (value === undefined && required === true) refuse(observed, `it has no ${name}`);
    if (value !== undefined) assertSchema(observed, value, [...at, 'headers', name, 'schema']);
  }
}

function assertBody(observed: Observed, response: Json, at: readonly string[]): void {
  const content = response['content'] as Readonly<Record<string, Json>> | undefined;
  const contentType = String(observed.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (content === undefined) {
    if (contentType !== '') refuse(observed, `it has content (${contentType}) where none is documented`);
    return;
  }
  const key = contentType in content ? contentType : '*/*';
  if (!(key in content)) refuse(observed, `${contentType} is not among ${Object.keys(content).join(', ')}`);
  if (content[key]?.['schema'] !== undefined && observed.method !== 'HEAD')
    assertSchema(observed, observed.body, [...at, 'content', key, 'schema']);
}

function assertSchema(observed: Observed, value: unknown, at: readonly string[]): void {
  const pointer = at
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `${documentId}#/${pointer}` });
  compiled.set(pointer, validate);
  if (!validate(value))
    refuse(observed, `${at.at(-1)}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}

function lookUp(at: readonly string[]): unknown {
  let value: unknown = document;
  for (const part of at) value = (value as Json | undefined)?.[part];
  return value;
}

function refuse({ method, path, status }: Observed, why: string): never {
  throw new Error(`${method} ${path} answered ${status}, which the OpenAPI document does not allow: ${why}`);
}
