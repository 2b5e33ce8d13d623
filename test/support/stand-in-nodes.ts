// Small servers in the place of api nodes, with the real HAProxy in front of them: what arrives is counted, and a
// test says what happens to it.
import { once } from 'node:events';
import fs from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { Supervisor } from '#scripts/supervisor/supervisor.ts';
import { freePort } from '#scripts/platform/ports.ts';
import { readNodeStates, type NodeState } from '#scripts/platform/haproxy-runtime.ts';
import { adminSocketOf, apiNames, haproxyName, haproxySpec } from '#scripts/platform/processes.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

export type Behaviour = (request: IncomingMessage, response: ServerResponse, node: string) => void;

interface Arrival {
  readonly node: string;
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface StandIns {
  readonly url: string;
  readonly statsUrl: string;
  readonly port: number;
  readonly supervisor: Supervisor;
  /** Health checks are not among them. */
  readonly arrivals: Arrival[];
  behave(behaviour: Behaviour): void;
  /** What a node answers to /readyz from now on. */
  setReady(node: string, ready: boolean): void;
  /** Stops listening, as a dying process does; HAProxy is not told. */
  close(node: string): void;
  untilNode(name: string, wanted: (state: NodeState) => boolean): Promise<void>;
  stop(): Promise<void>;
}

const answerOk: Behaviour = (request, response, node) => {
  request.resume();
  request.once('end', () => response.end(JSON.stringify({ node })));
};

/** Two nodes, `api-1` and `api-2`, and `api-backup` when asked for; resolves when HAProxy sees all of them ready. */
export async function openStandIns(
  env: Readonly<Record<string, string>> = {},
  backup = false,
): Promise<StandIns> {
  const folder = makeTemporaryFolder();
  const port = await freePort();
  const statsPort = await freePort();
  const names = [...apiNames(2), ...(backup ? ['api-backup'] : [])];
  const ready = new Map(names.map((name) => [name, true]));
  const arrivals: Arrival[] = [];
  let behaviour = answerOk;

  const socketOf = (name: string) => path.join(folder.path, `${name}.sock`);
  const servers = new Map<string, http.Server>();
  for (const name of names) {
    const server = http.createServer((request, response) => {
      if (request.url === '/readyz') return void response.writeHead(ready.get(name) ? 200 : 503).end();
      arrivals.push({
        node: name,
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
      });
      behaviour(request, response, name);
    });
    server.listen(socketOf(name));
    await once(server, 'listening');
    servers.set(name, server);
  }

  const options = {
    dataDir: folder.path,
    socketDir: folder.path,
    port,
    statsPort,
    apis: 2,
    drainSeconds: 10,
    env: {},
  };
  const supervisor = new Supervisor({ logDir: folder.path, restart: 'never' });
  const spec = haproxySpec(options);
  const backupEnv = backup ? { API_BACKUP: `unix@${socketOf('api-backup')}` } : {};
  await supervisor.start({ ...spec, env: { ...spec.env, ...backupEnv, ...env } });

  const untilNode = async (name: string, wanted: (state: NodeState) => boolean) => {
    const log = supervisor.logOf(haproxyName);
    await until(`HAProxy sees ${name} as expected; its log: ${fs.readFileSync(log, 'utf8')}`, async () => {
      const states = await readNodeStates(adminSocketOf(options)).catch(() => []);
      return states.some((state) => state.name === name && wanted(state));
    });
  };
  for (const name of names) await untilNode(name, (state) => state.checked);

  return {
    url: `http://127.0.0.1:${port}`,
    statsUrl: `http://127.0.0.1:${statsPort}`,
    port,
    supervisor,
    arrivals,
    behave: (next) => {
      behaviour = next;
    },
    setReady: (name, isReady) => ready.set(name, isReady),
    close: (name) => servers.get(name)?.close(),
    untilNode,
    stop: async () => {
      await supervisor.killAll();
      for (const server of servers.values()) {
        server.closeAllConnections();
        server.close();
      }
      folder.remove();
    },
  };
}

/** From now on requests get no answer until the test gives one. */
export function holdAll(nodes: StandIns): ServerResponse[] {
  const held: ServerResponse[] = [];
  nodes.behave((request, response) => {
    request.resume();
    held.push(response);
  });
  return held;
}
