// Blobs as files: the path of a blob is its path below the `blobs` folder (so a path cannot be a blob and a
// folder of others at the same time).
//
// - A blob is written to a temporary file on the same file system, made durable, renamed, and its name made
//   durable; only then does the write resolve. A reader sees the old file or the new one, whole.
// - Temporary files live in a dot-folder, which no blob path can name. What a kill leaves there is swept when
//   a store is opened, once it is too old to be still in use by another process.
// - Empty folders go with their last blob. A writer whose folder goes away under its hands makes it again.
// - No symbolic link is followed out of the folder.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { createCallGate } from '#shared/call-gate.ts';
import { makeDurableFolder } from '#shared/files/durable-folder.ts';
import { assertLimit, assertPrefix, assertRange } from './assert-list.ts';
import {
  assertPath,
  type BlobContent,
  type BlobInfo,
  type BlobPage,
  type BlobStore,
  type ByteRange,
} from './blob-store.ts';
import { isRealFolder, readFolder, unlessAbsent, walkBlobs } from './blob-tree.ts';
import type { DriverOptions } from '#shared/driver-options.ts';
import { fillFile, placeFile, pruneFolder, removeEmptyFolders, sweepOldFiles } from './blob-files.ts';

const sweepMs = 3600 * 1000;
/** No transfer lasts as long as a day, so what is older was left by a process that died. */
const temporaryAgeMsMax = 24 * 3600 * 1000;

/** Opens the folder `blobs` in the data folder, both made when missing. */
export async function openFileBlobs(options: DriverOptions): Promise<BlobStore> {
  const folder = path.resolve(options.dataDir, 'blobs');
  await makeDurableFolder(path.join(folder, '.tmp'));
  // The data folder itself may well be a link: what is compared against is where it leads.
  const root = await fs.realpath(folder);
  const temporaryFolder = path.join(root, '.tmp');
  await sweepOldFiles(temporaryFolder, temporaryAgeMsMax);
  const sweeping = setInterval(() => {
    // What cannot be swept now is there in an hour.
    sweepOldFiles(temporaryFolder, temporaryAgeMsMax).catch(() => undefined);
  }, sweepMs);
  sweeping.unref();
  const gate = createCallGate('blobs');

  function fileOf(blobPath: string): string {
    assertPath(blobPath);
    return path.join(root, blobPath);
  }

  async function write(blobPath: string, source: AsyncIterable<Uint8Array>, signal?: AbortSignal) {
    const file = fileOf(blobPath);
    const temporary = path.join(temporaryFolder, randomUUID());
    try {
      const bytes = await fillFile(temporary, source, signal);
      await placeFile(temporary, file, root);
      return { bytes };
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    }
  }

  async function read(blobPath: string, range?: ByteRange): Promise<BlobContent | undefined> {
    const file = fileOf(blobPath);
    if (!(await isRealFolder(path.dirname(file)))) return undefined;
    const handle = await unlessAbsent(fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW));
    if (handle === undefined) return undefined;
    try {
      const stats = await handle.stat();
      if (stats.isFile()) {
        if (range !== undefined) assertRange(range, stats.size);
        return { bytes: stats.size, stream: handle.createReadStream({ start: 0, ...range }) };
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  }

  async function stat(blobPath: string): Promise<BlobInfo | undefined> {
    const file = fileOf(blobPath);
    if (!(await isRealFolder(path.dirname(file)))) return undefined;
    const stats = await unlessAbsent(fs.lstat(file));
    return stats?.isFile() ? { path: blobPath, bytes: stats.size } : undefined;
  }

  async function list(
    prefix: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<BlobPage> {
    assertPrefix(prefix);
    assertLimit(limit);
    const blobs: BlobInfo[] = [];
    if (!(await isRealFolder(path.resolve(root, prefix)))) return { blobs, next: undefined };
    for await (const blobPath of walkBlobs(root, prefix, after)) {
      if (blobs.length === limit) return { blobs, next: blobs.at(-1)?.path };
      // It may have been deleted since its folder was read.
      const stats = await unlessAbsent(fs.lstat(path.join(root, blobPath)));
      if (stats?.isFile()) blobs.push({ path: blobPath, bytes: stats.size });
    }
    return { blobs, next: undefined };
  }

  async function folders(prefix: string): Promise<string[]> {
    assertPrefix(prefix);
    const at = path.resolve(root, prefix);
    if (!(await isRealFolder(at))) return [];
    const names: string[] = [];
    for (const { name, isFolder } of await readFolder(at)) {
      if (!isFolder) continue;
      const first = await walkBlobs(root, prefix + name).next();
      if (first.done) await pruneFolder(path.join(at, name));
      else names.push(name.slice(0, -1));
    }
    // As names: with the slash that blobs are ordered by, `a-b` would come before `a`.
    return names.toSorted();
  }

  async function remove(blobPath: string): Promise<void> {
    const file = fileOf(blobPath);
    if (!(await isRealFolder(path.dirname(file)))) return;
    await unlessAbsent(fs.unlink(file));
    await removeEmptyFolders(path.dirname(file), root);
  }

  return {
    write: (blobPath, source, signal) => gate.pass(() => write(blobPath, source, signal)),
    read: (blobPath, range) => gate.pass(() => read(blobPath, range)),
    stat: (blobPath) => gate.pass(() => stat(blobPath)),
    list: (prefix, page) => gate.pass(() => list(prefix, page)),
    folders: (prefix) => gate.pass(() => folders(prefix)),
    delete: (blobPath) => gate.pass(() => remove(blobPath)),
    close: () => {
      clearInterval(sweeping);
      return gate.close();
    },
  };
}
