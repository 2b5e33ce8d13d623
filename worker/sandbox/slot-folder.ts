// The folder a slot works in, and the fresh in/, out/ and work/ that each run finds there (see protocol.ts).
//
// What runs in a slot may leave anything in its folder, symbolic links included: nothing here follows one,
// and of results only plain files are ever opened.
import { constants } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { folderOwner } from './sweep.ts';

/** Makes a folder that only this user can enter; its name says whose it is, for the sweep. */
export async function makeSlotFolder(scratchDir: string): Promise<string> {
  await fs.mkdir(scratchDir, { recursive: true, mode: 0o700 });
  const { uid } = await fs.stat(scratchDir);
  // In a shared temporary folder somebody else could have made it first, and would own what is in it.
  if (uid !== process.getuid?.()) throw new Error(`the scratch folder ${scratchDir} belongs to another user`);
  return await fs.mkdtemp(path.join(await fs.realpath(scratchDir), `${folderOwner()}-`));
}

const parts = ['in', 'out', 'work'];

/**
 * Empties in/, out/ and work/, and removes whatever else is there. Folders stay where they can: file systems make new ones
 * slowly where many have just been removed.
 */
export async function prepareSlotFolder(folder: string): Promise<void> {
  for (const { name } of await fs.readdir(folder, { withFileTypes: true }))
    if (!parts.includes(name)) await remove(path.join(folder, name));
  for (const name of parts) await emptyFolder(path.join(folder, name));
}

async function emptyFolder(folder: string): Promise<void> {
  const stats = await fs.lstat(folder).catch(() => undefined);
  if (!stats?.isDirectory()) {
    // A link in the folder's place is removed, never followed.
    await remove(folder);
    await fs.mkdir(folder, { mode: 0o700 });
    return;
  }
  for (const name of await fs.readdir(folder)) await remove(path.join(folder, name));
}

async function remove(place: string): Promise<void> {
  await fs.rm(place, { recursive: true, force: true });
}

/** Throws when it is anything but a plain file with one name. The caller reads the stream to its end or destroys it. */
export async function openResult(
  folder: string,
  index: number,
): Promise<{ bytes: number; stream: Readable }> {
  const file = await openPlainFile(folder, index);
  const { size } = await file.stat();
  return { bytes: size, stream: file.createReadStream() };
}

/** Throws when it is anything but a plain file with one name. */
export async function assertResult(folder: string, index: number): Promise<void> {
  await (await openPlainFile(folder, index)).close();
}

async function openPlainFile(folder: string, index: number): Promise<FileHandle> {
  const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  // By way of the folder's own descriptor, because out/ itself could have become a link.
  const out = await fs.open(path.join(folder, 'out'), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    // O_NONBLOCK: a planted pipe must not make the open wait for a writer.
    const file = await fs.open(`/proc/self/fd/${out.fd}/${index}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const status = await file.stat();
    if (status.isFile() && status.nlink === 1) return file;
    await file.close();
    throw new Error(`result ${index} is not a plain file`);
  } finally {
    await out.close();
  }
}
