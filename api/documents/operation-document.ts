// An operation's contract as clients see it.
import { z } from 'zod';
import { extensionFor } from '#shared/operations/media-types.ts';
import type { Operation } from '#shared/operations/operation.ts';
import type { OperationDocument } from '../schemas/operation-schema.ts';

export function operationDocument(operation: Operation): OperationDocument {
  const { name, family, summary, lane, accepts, params, deadlineSeconds, example } = operation;
  return {
    name,
    family,
    summary,
    url: `/v1/operations/${name}`,
    lane,
    accepts: accepts.map((mediaType) => ({ mediaType, extension: extensionFor(mediaType) })),
    params: z.toJSONSchema(params, { io: 'input' }),
    price: describePrice(operation),
    deadlineSeconds,
    example: { file: example.file, params: example.params },
  };
}

const mebibyte = 1024 * 1024;
const shownSizes = [1, 20, 100].map((size) => size * mebibyte);

/** By example: prices are code, and may depend on anything. */
function describePrice({ price, params, example }: Operation): string {
  const parsed = params.parse(example.params);
  const examples = shownSizes.map((bytes) => `${price(parsed, bytes)} for ${bytes / mebibyte} MiB`);
  return `Credits for each input file, by its size: ${examples.join(', ')}. Held when the job is accepted, charged only when it succeeds.`;
}
