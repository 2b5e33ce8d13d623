// Spawns a child that cannot outlive this process: the kernel kills it when its parent dies, even of SIGKILL
// (PR_SET_PDEATHSIG, see prctl(2), set by setpriv of util-linux). HAProxy's master, so killed, takes its worker
// along by itself; so does a Millrace worker with its sandboxes. Where there is no setpriv, that protection is
// missing and nothing else.
//
// Each child leads its own process group: Ctrl-C in the terminal reaches the supervisor alone, which then stops
// the children in order, and a group that will not stop is killed whole.
import { spawn, type ChildProcess } from 'node:child_process';
import { findExecutable } from '#scripts/setup/packages.ts';
import type { ChildSpec } from './child-spec.ts';

export function spawnChild(spec: ChildSpec, logDescriptor: number): ChildProcess {
  const setpriv = findExecutable('setpriv');
  const line = [...(setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : []), spec.command, ...spec.args];
  return spawn(line[0] as string, line.slice(1), {
    env: { ...spec.env },
    stdio: ['ignore', logDescriptor, logDescriptor],
    detached: true,
  });
}

/** Signals the whole group; a group that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
