// Talks to a running HAProxy through its admin socket (management guide, section 9.3).
import net from 'node:net';
import { text } from 'node:stream/consumers';

export interface NodeState {
  readonly name: string;
  /** As HAProxy says it: `UP`, `DOWN`, `UP 1/2`, `DRAIN`, `MAINT` … */
  readonly status: string;
  /** A health check has succeeded: unlike UP, which HAProxy assumes at first. */
  readonly checked: boolean;
  /** Requests it is serving now. */
  readonly requests: number;
}

/** Sends one command and answers HAProxy's words. Rejects when nothing listens. */
async function askHaproxy(adminSocket: string, command: string): Promise<string> {
  const socket = net.connect(adminSocket);
  socket.setTimeout(5000, () => socket.destroy(new Error('HAProxy did not answer on its admin socket')));
  socket.end(`${command}\n`);
  return await text(socket);
}

/** The servers of the `api` backend. */
export async function readNodeStates(adminSocket: string): Promise<NodeState[]> {
  const answer = await askHaproxy(adminSocket, 'show stat');
  const [header = '', ...rows] = answer.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  return rows
    .map((row) => Object.fromEntries(row.split(',').map((cell, index) => [columns[index], cell])))
    .filter((row) => row.pxname === 'api' && !['FRONTEND', 'BACKEND', undefined].includes(row.svname))
    .map(({ svname = '', status = '', check_status: check, scur = '0' }) => ({
      name: svname,
      status,
      checked: check === 'L7OK',
      requests: Number(scur),
    }));
}
