// Reading a multipart request (RFC 7578): files stream through a hash straight into blobs, one after another, never
// held in memory; text parts are short and have known names. Parts may come in any order.
//
// One signal ends everything: the first thing that goes wrong aborts it, whatever was being read or written stops, and
// its reason is the error. What was written by then is for the caller to discard.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { BusboyHeaders } from '@fastify/busboy';
import type { Request } from 'express';
import { abortable } from '#shared/blobs/abortable.ts';
import type { BlobStore } from '#shared/blobs/blob-store.ts';
import { AppError } from '#shared/errors.ts';
import { safeFileName } from '#shared/job/file-name.ts';
import type { JobInput } from '#shared/job/job.ts';
import { inputPath } from '#shared/job/job-folder.ts';
import { tokenParameter } from '../authenticate.ts';

export const filePart = 'file';
/** A text part's length; params themselves have a lower limit. */
const textBytesMax = 64 * 1024;
/** An upload that stands still for longer ends. */
const idleMsDefault = 60_000;

export interface UploadRules {
  readonly inputsFolder: string;
  readonly textParts: ReadonlySet<string>;
  readonly fileBytesMax: number;
  readonly requestBytesMax: number;
  readonly inputsMax: number;
  /** For the whole upload. */
  readonly transferMsMax: number;
  readonly idleMs?: number;
}

export interface Received {
  readonly texts: ReadonlyMap<string, string>;
  readonly inputs: readonly JobInput[];
}

/**
 * Throws `bad_request`, `missing_file`, `empty_file`, `payload_too_large`, `token_in_url`, `request_timeout`,
 * `upload_incomplete`, or what the blob store throws. The request is then left unread from where it failed.
 */
export async function receiveUpload(
  blobs: BlobStore,
  request: Request,
  rules: UploadRules,
): Promise<Received> {
  const failure = new AbortController();
  const fail = (error: unknown): void => failure.abort(error);
  const parts = collectParts(blobs, rules, failure.signal, fail);
  const parser = openParser(request, parts, rules.textParts, fail);
  const finished = once(parser, 'finish', { signal: failure.signal });
  // Awaited below; until then its rejection is no news.
  finished.catch(() => undefined);
  try {
    await pump(request, parser, rules, failure);
    await finished;
    await parts.written();
    failure.signal.throwIfAborted();
    return parts.received();
  } catch (error) {
    fail(error);
    await parts.written().catch(() => undefined);
    throw failure.signal.reason;
  } finally {
    parser.destroy();
  }
}

type Parser = InstanceType<typeof Busboy>;

function openParser(
  request: Request,
  parts: PartCollector,
  textParts: ReadonlySet<string>,
  fail: (error: unknown) => void,
): Parser {
  const parser = new Busboy({
    headers: request.headers as BusboyHeaders,
    preservePath: true,
    limits: { fieldSize: textBytesMax, headerPairs: 50, headerSize: 16 * 1024 },
    // By its name alone: a form may send JSON as a Blob, which has a file name, and a file may come without one.
    isPartAFile: (name) => {
      if (name !== filePart && (name === undefined || !textParts.has(name)))
        fail(unknownPart(name, textParts));
      return name === filePart;
    },
  });
  parser.on('file', (_name: string, stream: Readable, fileName?: string) => parts.addFile(stream, fileName));
  parser.on('field', (name: string, text: string, _nameCut: boolean, cut: boolean) =>
    parts.addText(name, text, cut),
  );
  parser.on('error', (cause: unknown) =>
    fail(
      new AppError('upload_incomplete', {
        detail: 'The multipart body ends before its closing boundary.',
        cause,
      }),
    ),
  );
  return parser;
}

function unknownPart(name: string | undefined, textParts: ReadonlySet<string>): AppError {
  if (name === tokenParameter)
    return new AppError('token_in_url', { detail: `The body has a part ${tokenParameter}.` });
  return new AppError('bad_request', {
    detail: name === undefined ? 'A part has no name.' : `There is no part "${name.slice(0, 80)}".`,
    hint: `Parts are: ${[filePart, ...textParts].join(', ')}.`,
  });
}

/** Hands the body to the parser as fast as the parser takes it. Leaves the request open, whatever happens. */
async function pump(
  request: Request,
  parser: Parser,
  rules: UploadRules,
  failure: AbortController,
): Promise<void> {
  const { signal } = failure;
  const tooSlow = (): void => failure.abort(new AppError('request_timeout'));
  const idle = setTimeout(tooSlow, rules.idleMs ?? idleMsDefault);
  const total = setTimeout(tooSlow, rules.transferMsMax);
  let bytes = 0;
  try {
    for await (const chunk of abortable(
      request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
      signal,
    )) {
      bytes += chunk.length;
      if (bytes > rules.requestBytesMax) throw requestTooLarge(rules.requestBytesMax);
      if (!parser.write(chunk)) await once(parser, 'drain', { signal });
      idle.refresh();
    }
    parser.end();
  } catch (error) {
    // The connection broke: nobody will read the answer, but the log will tell.
    throw request.destroyed ? new AppError('upload_incomplete', { cause: error }) : error;
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
  }
}

export function requestTooLarge(bytesMax: number): AppError {
  return new AppError('payload_too_large', {
    detail: `The request is longer than ${bytesMax} bytes.`,
    extra: { requestBytesMax: bytesMax },
  });
}

interface PartCollector {
  addText(name: string, text: string, cut: boolean): void;
  addFile(stream: Readable, fileName: string | undefined): void;
  /** Resolves when every file so far is stored. */
  written(): Promise<void>;
  received(): Received;
}

function collectParts(
  blobs: BlobStore,
  rules: UploadRules,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): PartCollector {
  const texts = new Map<string, string>();
  const inputs: JobInput[] = [];
  let files = 0;
  let written = Promise.resolve();

  return {
    addText: (name, text, cut) => {
      if (cut)
        fail(
          new AppError('payload_too_large', {
            detail: `The part "${name}" is longer than ${textBytesMax} bytes.`,
          }),
        );
      if (texts.has(name))
        fail(new AppError('bad_request', { detail: `The part "${name}" comes more than once.` }));
      texts.set(name, text);
    },
    addFile: (stream, fileName) => {
      const index = files;
      files += 1;
      // Whoever reads the stream hears of it; a stream that nobody reads any more must not end the process.
      stream.on('error', () => undefined);
      if (files > rules.inputsMax) fail(tooManyFiles(rules.inputsMax));
      if (signal.aborted) return void stream.resume();
      written = written
        .then(async () =>
          inputs.push(await storeFile(blobs, stream, safeFileName(fileName ?? ''), index, rules, signal)),
        )
        .then(() => undefined)
        .catch(fail);
    },
    written: () => written,
    received: () => {
      if (inputs.length === 0) throw new AppError('missing_file');
      return { texts, inputs };
    },
  };
}

function tooManyFiles(inputsMax: number): AppError {
  return new AppError('payload_too_large', {
    detail: `The request has more than ${inputsMax} files.`,
    extra: { inputsMax },
  });
}

async function storeFile(
  blobs: BlobStore,
  stream: Readable,
  name: string,
  index: number,
  { inputsFolder, fileBytesMax }: UploadRules,
  signal: AbortSignal,
): Promise<JobInput> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* measured(): AsyncGenerator<Buffer, void> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > fileBytesMax)
        throw new AppError('payload_too_large', {
          detail: `The file at position ${index} is longer than ${fileBytesMax} bytes.`,
          extra: { input: index, fileBytesMax },
        });
      hash.update(chunk);
      yield chunk;
    }
    if (bytes === 0)
      throw new AppError('empty_file', {
        detail: `The file at position ${index} is empty.`,
        extra: { input: index },
      });
  }
  await blobs.write(inputPath(inputsFolder, index), measured(), signal);
  return { name, bytes, sha256: hash.digest('hex') };
}
