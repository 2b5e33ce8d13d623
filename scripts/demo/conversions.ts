// The two conversions that quickstart shows: an office document to PDF, a picture to a WebP thumbnail.
import fs from 'node:fs';
import path from 'node:path';
import { Failure } from '#scripts/failure.ts';
import { projectDir } from '#scripts/platform/processes.ts';
import { download, submit, waitForJob } from './client.ts';

export interface Conversion {
  readonly title: string;
  readonly file: string;
  readonly operation: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly looksRight: (result: Buffer) => boolean;
}

const sample = (name: string) => path.join(projectDir, 'test/samples', name);

export const conversions: readonly Conversion[] = [
  {
    title: 'Converting letter.docx to PDF',
    file: sample('letter.docx'),
    operation: 'convert-to-pdf',
    params: {},
    looksRight: (result) => result.subarray(0, 5).toString('latin1') === '%PDF-',
  },
  {
    title: 'Making a WebP thumbnail of photo.png',
    file: sample('photo.png'),
    operation: 'resize-image',
    params: { width: 320, format: 'webp' },
    looksRight: (result) => result.subarray(8, 12).toString('latin1') === 'WEBP',
  },
];

/** Answers the path of the saved result. Throws Failure when the job fails or its result is not what it should be. */
export async function convertSample(
  conversion: Conversion,
  at: { readonly url: string; readonly key: string; readonly resultsDir: string },
): Promise<string> {
  const accepted = await submit(at.url, at.key, conversion);
  const job = await waitForJob(at.url, at.key, accepted.id);
  const [result] = job.results;
  if (job.status !== 'succeeded' || result === undefined)
    throw new Failure(
      `The job ended as ${job.status}: ${job.error?.detail ?? job.error?.title ?? 'it has no result'}`,
    );
  const bytes = await download(at.url, at.key, result);
  if (!conversion.looksRight(bytes))
    throw new Failure(`${result.name} is not what ${conversion.operation} should give`);
  fs.mkdirSync(at.resultsDir, { recursive: true });
  const saved = path.join(at.resultsDir, path.basename(result.name));
  fs.writeFileSync(saved, bytes);
  return saved;
}
