// All results of a job in one archive, made while it is sent: no file is held in memory, and its length is known
// beforehand, because results are stored as they are (most are compressed already).
import { ZipFile } from 'yazl';
import type { Response } from 'express';
import { Readable } from 'node:stream';
import type { Job } from '#shared/job/job.ts';
import type { ApiContext } from '../api-context.ts';
import { attachment } from './content-disposition.ts';
import { openResult } from './read-results.ts';
import { sendDownload } from './send-download.ts';
import { uniqueNames } from './unique-names.ts';

export async function sendZip(context: ApiContext, response: Response, job: Job): Promise<void> {
  const zip = new ZipFile();
  const names = uniqueNames(job.results.map((result) => result.name));
  const opened = new Set<Readable>();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  for (const [index, result] of job.results.entries())
    zip.addReadStreamLazy(
      names[index] ?? String(index),
      { compress: false, size: result.bytes, mtime: new Date(job.finishedAt ?? job.createdAt) },
      (hand) => {
        openResult(context, job, index).then(
          ({ stream }) => {
            opened.add(stream);
            hand(null, stream);
          },
          (error: unknown) => hand(error, Readable.from([])),
        );
      },
    );
  const bytes = await endZip(zip);
  response.setHeader('Content-Type', 'application/zip');
  response.setHeader('Content-Disposition', attachment(`${job.id}.zip`));
  response.setHeader('Cache-Control', 'private');
  if (bytes >= 0) response.setHeader('Content-Length', bytes);
  if (response.req.method === 'HEAD') return void response.status(200).end();
  try {
    await sendDownload(context, response, output);
  } finally {
    // yazl does not close what it was reading when its reader goes away.
    for (const stream of opened) stream.destroy();
  }
}

/** Answers the archive's length, -1 when it cannot be known. */
function endZip(zip: ZipFile): Promise<number> {
  // The published types leave out the callback's argument.
  const end = zip.end.bind(zip) as (options: object, known: (bytes: number) => void) => void;
  return new Promise((resolve) => end({}, resolve));
}
