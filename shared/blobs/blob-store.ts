// The port to transit storage: payloads that wait to be worked on or fetched. Nothing here is the truth
// about a job; a path without a record is rubbish that cleanup removes.
//
// Paths are `/`-separated segments of [A-Za-z0-9._-] that never start with a dot; assertPath refuses the rest, so no
// name that a client chose can ever become one.
//
// Every driver passes test/conformance/blob-store.ts.
import type { Readable } from 'node:stream';

export interface BlobInfo {
  readonly path: string;
  readonly bytes: number;
}

export interface BlobContent {
  /** Of the whole blob, whatever the range. */
  readonly bytes: number;
  /** Destroy it when it is not read to its end. */
  readonly stream: Readable;
}

export interface BlobPage {
  readonly blobs: BlobInfo[];
  /** Hand it back as `after` to go on; undefined at the end. */
  readonly next: string | undefined;
}

/** Bytes `start` to `end`, both inclusive and within the blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface BlobStore {
  /**
   * Writes the whole source, durable and visible under its path only once resolved; an earlier blob there is
   * replaced. When the source fails or the signal aborts, it rejects with that error and leaves nothing.
   * Memory used does not depend on the length.
   */
  write(
    path: string,
    source: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number }>;
  read(path: string, range?: ByteRange): Promise<BlobContent | undefined>;
  stat(path: string): Promise<BlobInfo | undefined>;
  /** Blobs whose path starts with `prefix` (which ends with a slash), in path order, at most `limit` (1 to 5000). */
  list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<BlobPage>;
  /** The names directly under `prefix` (which ends with a slash or is empty) that have blobs below them, in order. */
  folders(prefix: string): Promise<string[]>;
  /** No error when it is not there. */
  delete(path: string): Promise<void>;
  close(): Promise<void>;
}

const segmentPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Throws RangeError unless the path is one this platform made. */
export function assertPath(path: string): void {
  if (path.length > 900 || !path.split('/').every((segment) => segmentPattern.test(segment)))
    throw new RangeError(
      'a blob path must be /-separated segments of [A-Za-z0-9._-] that do not start with a dot',
    );
}
