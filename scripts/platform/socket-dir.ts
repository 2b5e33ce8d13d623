// The folder of a platform's sockets. A socket's path may have 107 bytes at most (unix(7)), which folders of projects
// and tests easily exceed, so it lies in the system's folder for temporary files. `sockets` in the data folder leads
// there: for operators, and for the next start to remove what a killed one left.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Failure } from '#scripts/failure.ts';

const prefix = 'millrace-';
/** Leaves room for the folder's name and for a socket's. */
const parentLengthMax = 60;

/** Throws Failure when there is no place for it. One platform at a time on a data folder. */
export function openSocketDir(dataDir: string): string {
  const temporary = os.tmpdir();
  const parent = Buffer.byteLength(temporary) <= parentLengthMax ? temporary : '/tmp';
  removeLeftOver(linkIn(dataDir));
  try {
    const folder = fs.mkdtempSync(path.join(parent, prefix));
    fs.symlinkSync(folder, linkIn(dataDir));
    return folder;
  } catch (error) {
    throw new Failure(`There is no place for sockets: ${(error as Error).message}`, { cause: error });
  }
}

export function closeSocketDir({
  dataDir,
  socketDir,
}: {
  readonly dataDir: string;
  readonly socketDir: string;
}): void {
  fs.rmSync(socketDir, { recursive: true, force: true });
  fs.rmSync(linkIn(dataDir), { force: true });
}

function linkIn(dataDir: string): string {
  return path.join(dataDir, 'sockets');
}

function removeLeftOver(link: string): void {
  if (!fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const target = fs.readlinkSync(link);
  if (path.basename(target).startsWith(prefix)) fs.rmSync(target, { recursive: true, force: true });
  fs.rmSync(link, { force: true });
}
