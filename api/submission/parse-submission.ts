// From the text parts of a request to the steps of a job. Pure; throws `bad_request`, `invalid_params` or
// `unknown_operation`, naming the part and what is wrong with it.
import type { z } from 'zod';
import { AppError } from '#shared/errors.ts';
import type { JobStep } from '#shared/job/job.ts';
import { parseSteps } from '#shared/job/plan-job.ts';
import type { Operation } from '#shared/operations/operation.ts';
import { coerceParams } from './coerce-params.ts';
import { jobPartSchema, paramsPartSchema } from '../schemas/submission-schema.ts';

export interface Asked {
  readonly steps: readonly JobStep[];
  readonly ttlSeconds?: number | undefined;
}

type Texts = ReadonlyMap<string, string>;

/** POST /v1/jobs: `operation` with `params`, or `job`. */
export function parseSubmission(texts: Texts): Asked {
  const operation = texts.get('operation');
  const job = texts.get('job');
  if (job !== undefined) {
    if (operation !== undefined || texts.has('params')) throw eitherOr('both');
    const { steps, ttlSeconds } = parsePart('job', job, jobPartSchema);
    return { steps: parseSteps(steps), ttlSeconds };
  }
  if (operation === undefined) throw eitherOr('neither');
  return { steps: parseSteps([{ operation, params: paramsPart(texts) }]) };
}

/** POST /v1/run/{operation}: every other text part is a param; `params` may hold more of them. */
export function parseRun(operation: Operation, texts: Texts): Asked {
  const given = paramsPart(texts);
  const coerced = coerceParams(
    operation,
    [...texts].filter(([name]) => name !== 'params'),
  );
  const twice = Object.keys(coerced).filter((name) => Object.hasOwn(given, name));
  if (twice.length > 0)
    throw new AppError('invalid_params', {
      detail: `${twice.join(', ')}: given both as a part and in the part "params".`,
      extra: { operation: operation.name, params: twice.map((param) => ({ param, problem: 'given twice' })) },
    });
  return { steps: parseSteps([{ operation: operation.name, params: { ...given, ...coerced } }]) };
}

function paramsPart(texts: Texts): Record<string, unknown> {
  const text = texts.get('params');
  return text === undefined || text.trim() === '' ? {} : parsePart('params', text, paramsPartSchema);
}

function parsePart<Schema extends z.ZodType>(part: string, text: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text, refuseProto);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('bad_request', { detail: `The part "${part}" is not valid JSON.`, extra: { part } });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('bad_request', {
    detail: `The part "${part}": ${describeIssues(parsed.error)}`,
    extra: { part },
  });
}

/** A member of this name would vanish in some objects and change others: whoever sends it means no good. */
function refuseProto(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new AppError('bad_request', { detail: 'A member is named "__proto__".' });
  return value;
}

/** Where and what, for people: `steps.0.operation: expected string`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}

function eitherOr(found: 'both' | 'neither'): AppError {
  return new AppError('bad_request', {
    detail: `The request has ${found} of the parts "operation" and "job"${found === 'both' ? ' (or "params" and "job")' : ''}.`,
    hint: 'Send the part "operation", with "params" as a JSON object if it needs any, or the part "job" with {"steps": […]}.',
  });
}
