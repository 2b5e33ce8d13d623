// The steps of the file driver that change the disk: filling a file, putting it in its place, and removing
// folders that nothing is left in.
import fs from 'node:fs/promises';
import path from 'node:path';
import { syncFolders } from '#shared/files/durable-folder.ts';
import { abortable } from './abortable.ts';
import { readFolder, unlessAbsent } from './blob-tree.ts';

/** Each loss means that a neighbour was deleted at that moment: so many in a row do not happen. */
const placeTriesMax = 100;

/** Makes the file from the source and makes it durable; answers its length. Throws the signal's reason on abort. */
export async function fillFile(
  file: string,
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<number> {
  const handle = await fs.open(file, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of abortable(source, signal)) {
      await handle.appendFile(chunk);
      bytes += chunk.byteLength;
    }
    signal?.throwIfAborted();
    await handle.sync();
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Renames `temporary` to `file`, making the folders between `root` and it, and makes the name durable. */
export async function placeFile(temporary: string, file: string, root: string): Promise<void> {
  const folder = path.dirname(file);
  for (let tries = 1; ; tries += 1) {
    try {
      await assertNoLink(folder);
      await fs.mkdir(folder, { recursive: true, mode: 0o700 });
      await fs.rename(temporary, file);
      break;
    } catch (error) {
      // The last neighbour was deleted, and the folder with it, between making it and moving in.
      if (!hasCode(error, 'ENOENT') || tries >= placeTriesMax) throw error;
    }
  }
  // All the way up, not only what this call made: who made the rest may not have come to this point yet. When
  // one is gone, so is the blob: somebody has deleted it already.
  await unlessAbsent(syncFolders(folder, root));
}

/** Throws when a symbolic link is on the way to the nearest folder that exists. */
async function assertNoLink(folder: string): Promise<void> {
  for (let at = folder; ; at = path.dirname(at)) {
    const real = await unlessAbsent(fs.realpath(at));
    if (real === at) return;
    if (real !== undefined)
      throw new Error(`${at} is a symbolic link, or below one: blobs are not written through it`);
  }
}

/** Removes `folder` and those above it, up to but without `root`, until one is not empty. */
export async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let at = folder; at !== root; at = path.dirname(at)) if (!(await removeIfEmpty(at))) return;
}

/** Removes a folder that holds nothing but empty folders; one with a file somewhere below stays, safely. */
export async function pruneFolder(folder: string): Promise<void> {
  for (const { name, isFolder } of await readFolder(folder))
    if (isFolder) await pruneFolder(path.join(folder, name));
  await removeIfEmpty(folder);
}

/** Answers false when there is something in it. */
async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    // The file system refuses a folder that is not empty, so nothing that was just written can be lost.
    await unlessAbsent(fs.rmdir(folder));
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes files from `folder` that nobody has written to for `ageMs`. */
export async function sweepOldFiles(folder: string, ageMs: number): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    const file = path.join(folder, name);
    const stats = await unlessAbsent(fs.lstat(file));
    if (stats?.isFile() && Date.now() - stats.mtimeMs > ageMs) await fs.rm(file, { force: true });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
