// Form parts are text; an operation's schema says what each should have been. Text that does not read as that stays text, so
// that the schema itself refuses it and names what it expected.
import { z } from 'zod';
import { AppError } from '#shared/errors.ts';
import type { Operation } from '#shared/operations/operation.ts';

/** The names that an operation's form may have beside the files. */
export function paramNames({ params }: Operation): string[] {
  return Object.keys(params.shape);
}

/** Throws `invalid_params` when an object or a list is not valid JSON. */
export function coerceParams(
  operation: Operation,
  texts: readonly (readonly [string, string])[],
): Record<string, unknown> {
  const { properties = {} } = z.toJSONSchema(operation.params, { io: 'input' });
  return Object.fromEntries(
    texts.map(([name, text]) => [name, coerce(name, text, typeOf(properties[name]))]),
  );
}

function typeOf(property: z.core.JSONSchema._JSONSchema | undefined): unknown {
  return typeof property === 'object' ? property.type : undefined;
}

function coerce(name: string, text: string, type: unknown): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    case 'object':
    case 'array':
      return parseJson(name, text);
    default:
      return text;
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('invalid_params', {
      detail: `${name}: expected JSON.`,
      extra: { params: [{ param: name, problem: 'expected JSON' }] },
    });
  }
}
