// Removes what crashed workers left behind. A slot's folder is named after the process that made it, by pid
// namespace, pid and start time: a folder goes only when that very process is gone, so several workers may
// share one scratch folder. Folders of another pid namespace (another container) cannot be judged from here
// and stay.
import fs from 'node:fs';
import path from 'node:path';
import { findProcess } from './process-table.ts';

/** The start of this process's folder names, e.g. `slot-4026531836-812-93511`. */
export function folderOwner(): string {
  const self = findProcess();
  if (self === undefined) throw new Error('/proc is needed to tell processes apart, and is not mounted');
  return `slot-${pidNamespace()}-${self.pid}-${self.startTime}`;
}

/** Answers the names it removed. A folder that cannot be removed is left for the next sweep. */
export async function sweep(scratchDir: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await listFolder(scratchDir)) {
    if (!isAbandoned(name)) continue;
    try {
      await fs.promises.rm(path.join(scratchDir, name), { recursive: true, force: true });
      removed.push(name);
    } catch {
      // Another worker may be sweeping the same folder at this moment.
    }
  }
  return removed;
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await fs.promises.readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function isAbandoned(name: string): boolean {
  const [, namespace, pid, startTime] = /^slot-(\d+)-(\d+)-(\d+)-/.exec(name) ?? [];
  if (namespace !== pidNamespace()) return false;
  const maker = findProcess(Number(pid));
  return maker === undefined || maker.ended || maker.startTime !== startTime;
}

/** The kernel's number for this process's pid namespace: pids mean nothing across namespaces. */
function pidNamespace(): string {
  return /\d+/.exec(fs.readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
}
