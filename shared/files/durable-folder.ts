// Folders that survive a power cut. A file is safe only when the folder that names it is, and so on upwards:
// fsync on a file says nothing about its name.
import fs from 'node:fs/promises';
import path from 'node:path';

/** Makes the folder, private to this user, with all above it that are missing, and makes their names durable. */
export async function makeDurableFolder(folder: string): Promise<void> {
  const topmost = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  if (topmost !== undefined) await syncFolders(folder, path.dirname(topmost));
}

/** Makes durable what `folder` and every folder above it up to `top` name. */
export async function syncFolders(folder: string, top: string): Promise<void> {
  const folders = [folder];
  for (let above = folder; above !== top;) {
    above = path.dirname(above);
    folders.push(above);
  }
  await Promise.all(folders.map(syncFolder));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
