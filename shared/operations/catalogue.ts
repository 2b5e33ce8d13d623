// Every operation, by name. Adding one is its two files and its line here and in worker/operations/runs.ts
// (which does not compile while a line is missing).
import type { z } from 'zod';
import type { Operation } from './operation.ts';
import { convertImage } from './image/convert-image.ts';
import { resizeImage } from './image/resize-image.ts';
import { convertToPdf } from './office/convert-to-pdf.ts';

export const catalogue = {
  'convert-image': convertImage,
  'convert-to-pdf': convertToPdf,
  'resize-image': resizeImage,
} as const;

export type OperationName = keyof typeof catalogue;
export type ParamsOf<Name extends OperationName> = z.output<(typeof catalogue)[Name]['params']>;

export const operationNames = Object.keys(catalogue) as OperationName[];

/** The operation of this name; its path (`office/convert-to-pdf`) names it too. */
export function findOperation(name: string): Operation | undefined {
  const bare = name.slice(name.lastIndexOf('/') + 1);
  if (!Object.hasOwn(catalogue, bare)) return undefined;
  const operation: Operation = catalogue[bare as OperationName];
  return name === bare || name === `${operation.family}/${bare}` ? operation : undefined;
}
