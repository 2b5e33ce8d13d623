// From what a client asked to what will be done: steps checked against the catalogue, lane and price. Pure;
// throws AppError naming the step and the param.
import type { z } from 'zod';
import { AppError } from '#shared/errors.ts';
import { findOperation, operationNames } from '#shared/operations/catalogue.ts';
import type { Operation } from '#shared/operations/operation.ts';
import type { Lane } from '#shared/queue/job-queue.ts';
import type { JobInput, JobStep } from './job.ts';

export const stepsMax = 20;
/** All params of a job together, as JSON: they live in its row. */
export const paramsLengthMax = 8 * 1024;

export interface AskedStep {
  readonly operation: string;
  readonly params?: unknown;
}

/** The steps with defaults filled in. Throws `invalid_params` or `unknown_operation`. */
export function parseSteps(asked: readonly AskedStep[]): JobStep[] {
  if (asked.length < 1 || asked.length > stepsMax)
    throw new AppError('invalid_params', {
      detail: `A job has 1 to ${stepsMax} steps; this one has ${asked.length}.`,
    });
  const steps = asked.map(parseStep);
  assertSteps(steps);
  return steps;
}

function parseStep({ operation: name, params }: AskedStep, step: number): JobStep {
  const operation = operationFor(name);
  const parsed = operation.params.safeParse(params ?? {}, { reportInput: true });
  if (!parsed.success) throw invalidParams(operation, parsed.error, step);
  return { operation: operation.name, params: parsed.data };
}

function invalidParams(operation: Operation, error: z.ZodError, step: number): AppError {
  const problems = error.issues.map((issue) => ({
    param: issue.path.join('.') || (issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : ''),
    problem: issue.message + describeFound(issue),
  }));
  return new AppError('invalid_params', {
    detail: problems.map(({ param, problem }) => (param ? `${param}: ${problem}` : problem)).join('; '),
    hint: `GET /v1/operations/${operation.name} describes every param of ${operation.name}.`,
    extra: { step, operation: operation.name, params: problems },
  });
}

/** What stood in its place, shortened; nothing where the message says it all. */
function describeFound({ code, input }: z.core.$ZodIssue): string {
  const text = code === 'unrecognized_keys' || code === 'custom' ? undefined : JSON.stringify(input);
  return text === undefined ? '' : `; found ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

/** Throws `unknown_operation`, listing what there is. */
export function operationFor(name: string): Operation {
  const operation = findOperation(name);
  if (!operation)
    throw new AppError('unknown_operation', {
      detail: `There is no operation "${name.slice(0, 80)}".`,
      hint: `Use one of: ${operationNames.join(', ')}.`,
    });
  return operation;
}

function assertSteps(steps: readonly JobStep[]): void {
  const { length } = JSON.stringify(steps.map((step) => step.params));
  if (length > paramsLengthMax)
    throw new AppError('invalid_params', {
      detail: `The params have ${length} characters; ${paramsLengthMax} is the most.`,
    });
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (!before) continue;
    const made = operationFor(before.operation).produces(before.params);
    const { accepts, name } = operationFor(step.operation);
    if (!made.some((mediaType) => accepts.includes(mediaType)))
      throw new AppError('invalid_params', {
        detail: `Step ${index} (${name}) does not take what step ${index - 1} (${before.operation}) makes: ${made.join(', ')}.`,
        hint: `${name} takes ${accepts.join(', ')}.`,
        extra: { step: index },
      });
  }
}

/** The heaviest lane among the steps: whoever serves it has every engine. */
export function laneOf(steps: readonly JobStep[]): Lane {
  return steps.some((step) => operationFor(step.operation).lane === 'documents') ? 'documents' : 'images';
}

/** Whole credits for all steps over all inputs; later steps are priced by the size of the input they began with. */
export function priceOf(steps: readonly JobStep[], inputs: readonly Pick<JobInput, 'bytes'>[]): number {
  let credits = 0;
  for (const step of steps)
    for (const input of inputs) credits += operationFor(step.operation).price(step.params, input.bytes);
  return credits;
}

/** The run time that a worker grants one step on one file, in milliseconds: that of the slowest among the steps. */
export function deadlineMsOf(steps: readonly JobStep[]): number {
  return 1000 * Math.max(...steps.map((step) => operationFor(step.operation).deadlineSeconds));
}
