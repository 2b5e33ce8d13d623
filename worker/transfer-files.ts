// Between transit storage and a slot's folder. Files stream through; their names there are their index, never anything a
// client chose.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BlobStore } from '#shared/blobs/blob-store.ts';
import type { Job, JobResult } from '#shared/job/job.ts';
import { inputPath, resultPath } from '#shared/job/job-folder.ts';
import type { Slot } from './sandbox/slot.ts';
import type { RunnerResult } from './sandbox/protocol.ts';

/** Writes `in/{index}` for each input. Answers the index of an input that is no longer there, if one is missing. */
export async function fetchInputs(
  blobs: BlobStore,
  job: Job,
  folder: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (const index of job.inputs.keys()) {
    const content = await blobs.read(inputPath(job.inputsFolder, index));
    if (!content) return index;
    await pipeline(
      content.stream,
      createWriteStream(path.join(folder, 'in', String(index)), { flags: 'wx' }),
      { signal },
    );
  }
  return undefined;
}

/** Writes each result under the claim's own path, so that no two claims ever write the same blob. */
export async function storeResults(
  blobs: BlobStore,
  job: Job,
  slot: Slot,
  results: readonly RunnerResult[],
  signal: AbortSignal,
): Promise<JobResult[]> {
  const stored: JobResult[] = [];
  for (const [index, { index: file, name, mediaType }] of results.entries()) {
    const { stream } = await slot.openResult(file);
    const hash = createHash('sha256');
    const blob = resultPath(job.folder, job.claim?.id ?? '', index);
    try {
      const { bytes } = await blobs.write(blob, hashing(stream, hash), signal);
      stored.push({ name, mediaType, bytes, sha256: hash.digest('hex') });
    } finally {
      // A write that fails before it reads leaves the file open.
      stream.destroy();
    }
  }
  return stored;
}

async function* hashing(
  stream: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    hash.update(chunk);
    yield chunk;
  }
}
