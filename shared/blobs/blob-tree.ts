// Reading the tree of folders that the file driver keeps blobs in: paths below the root in path order, with no
// symbolic link followed on the way.
import type { Dirent } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';

/** What the file system says when there is no such blob: no such name, or a name that no file of ours has. */
const absentCodes: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'];

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && absentCodes.includes(error.code);
}

/** What `work` answers, or undefined when it fails because nothing is there. */
export async function unlessAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether the folder is there and is reached through no symbolic link; `root` is a real path. */
export async function isRealFolder(folder: string): Promise<boolean> {
  return (await unlessAbsent(fs.realpath(folder))) === folder;
}

/**
 * Paths of the files below `prefix` (empty, or ending with a slash) that come after `after`, in path order. Reads
 * only the folders that can hold such paths, one at a time as they are asked for.
 */
export async function* walkBlobs(root: string, prefix: string, after = ''): AsyncGenerator<string, void> {
  const folder = path.join(root, prefix);
  for (const { name, isFolder } of await readFolder(folder)) {
    const at = prefix + name;
    if (isFolder) {
      if (at > after || after.startsWith(at)) yield* walkBlobs(root, at, after);
    } else if (at > after) {
      yield at;
    }
  }
}

/** Names of folders end with a slash, which is also what puts them in path order: `a.b` before `a/` before `a0`. */
export async function readFolder(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries: Dirent[] = (await unlessAbsent(fs.readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isFile()))
    .map((entry) => ({ name: entry.name + (entry.isDirectory() ? '/' : ''), isFolder: entry.isDirectory() }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
