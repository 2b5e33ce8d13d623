// What a client sees of an operation: its contract. How it runs is the file at the same path under
// worker/operations. The API, validation, OpenAPI, documentation and billing all follow from here.
import type { z } from 'zod';
import type { Lane } from '#shared/queue/job-queue.ts';

export type Family = 'office' | 'image';

export interface Operation<Schema extends z.ZodObject = z.ZodObject> {
  /** Verb-noun, unique across families. */
  readonly name: string;
  readonly family: Family;
  /** One sentence for the catalogue. */
  readonly summary: string;
  readonly lane: Lane;
  /** Strict; every field has a default or is optional, and a description for the documentation. */
  readonly params: Schema;
  /** True media types (sniffed, never as declared) that it takes. */
  readonly accepts: readonly string[];
  /** The media types it may produce with these params. */
  readonly produces: (params: z.output<Schema>) => readonly string[];
  /** Credits for one input file of this size: a whole number, at least 1. Known before the job runs. */
  readonly price: (params: z.output<Schema>, inputBytes: number) => number;
  /** Run time of this step for one input file; past it the slot is killed. */
  readonly deadlineSeconds: number;
  /** Shown in the documentation and run by the tests; `file` names one of test/samples. */
  readonly example: { readonly file: string; readonly params: z.input<Schema> };
}

/** Keeps the schema's type while checking the contract's shape. */
export function defineOperation<Schema extends z.ZodObject>(operation: Operation<Schema>): Operation<Schema> {
  return operation;
}

const mebibyte = 1024 * 1024;

/** A base price and one credit for each started `bytesPerCredit` beyond the first. */
export function priceBySize(
  base: number,
  bytesPerCredit: number,
): (params: unknown, inputBytes: number) => number {
  return (_params, inputBytes) => base + Math.max(0, Math.ceil(inputBytes / bytesPerCredit) - 1);
}

export const tenMebibytes = 10 * mebibyte;
