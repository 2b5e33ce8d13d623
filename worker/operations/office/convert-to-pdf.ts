// convert-to-pdf inside the sandbox.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#shared/errors.ts';
import { extensionFor } from '#shared/operations/media-types.ts';
import { convertByOffice } from '#worker/engines/office.ts';
import type { Run, StepFile } from '#worker/operations/run.ts';
import { assertModest } from './assert-modest.ts';
import { openAsText } from './open-as-text.ts';

// LibreOffice needs many times the size of a document in memory; past this it would only be killed for it.
const documentBytesMax = 256 * 1024 * 1024;

export const convertToPdf: Run<'convert-to-pdf'> = async ({ input, folder }) => {
  const pdf = await convertByOffice({ ...(await open(input)), folder });
  if (!pdf.subarray(0, 5).equals(Buffer.from('%PDF-'))) {
    throw new AppError('engine_failed', { detail: 'LibreOffice wrote something that is no PDF.' });
  }
  const result = path.join(folder, 'result.pdf');
  await fs.writeFile(result, pdf);
  return [{ path: result, name: input.name, mediaType: 'application/pdf' }];
};

async function open(input: StepFile) {
  const { size } = await fs.stat(input.path);
  if (size > documentBytesMax) {
    throw new AppError('file_too_complex', {
      detail: `A document may have ${documentBytesMax} bytes; this one has ${size}.`,
      hint: 'Split the document, or make its pictures smaller.',
    });
  }
  if (input.mediaType.startsWith('text/')) return await openAsText(input);
  if (isArchive(input.mediaType)) await assertModest(input.path);
  return { document: await fs.readFile(input.path), extension: extensionFor(input.mediaType) };
}

function isArchive(mediaType: string): boolean {
  return /^application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\./.test(mediaType);
}
