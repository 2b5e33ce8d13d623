// What the kernel says about running processes (proc(5)): who belongs to a session, and whether a pid still
// means the process that it once did. A pid alone is reused; a pid with its start time is not.
import fs from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since the machine started. */
  readonly startTime: string;
  /** A zombie runs nothing any more: it only waits to be collected, which may be nobody's habit in a container. */
  readonly ended: boolean;
}

/** The process of this pid (by default this one), or undefined when there is none. */
export function findProcess(pid: number | 'self' = 'self'): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets, and may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = '', session = ''] = fields;
  return {
    pid: Number.parseInt(stat, 10),
    group: Number(group),
    session: Number(session),
    startTime: fields[19] ?? '',
    ended: state === 'Z' || state === 'X',
  };
}

/** The running processes of a session. */
export function listSession(session: number): ProcessEntry[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => findProcess(Number(name)))
    .filter((entry) => entry !== undefined)
    .filter((entry) => entry.session === session && !entry.ended);
}
