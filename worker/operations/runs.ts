// How every operation runs, by name. The contracts are in shared/operations/catalogue.ts; a contract without
// its half here does not compile.
import type { OperationName } from '#shared/operations/catalogue.ts';
import { convertImage } from './image/convert-image.ts';
import { resizeImage } from './image/resize-image.ts';
import { convertToPdf } from './office/convert-to-pdf.ts';
import type { Run } from './run.ts';

export const runs: { readonly [Name in OperationName]: Run<Name> } = {
  'convert-image': convertImage,
  'convert-to-pdf': convertToPdf,
  'resize-image': resizeImage,
};
