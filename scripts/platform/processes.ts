// The processes that make up Millrace on one machine, as the supervisor starts them: how each is run, what is in
// its environment, how it is told to stop. HAProxy reaches the api through unix sockets: no port but its own.
import path from 'node:path';
import process from 'node:process';
import { Failure } from '#scripts/failure.ts';
import { findExecutable } from '#scripts/setup/packages.ts';
import type { ChildSpec } from '#scripts/supervisor/child-spec.ts';
import { secretVariables, variables } from '#shared/config.ts';

export const projectDir = path.resolve(import.meta.dirname, '../..');

export interface ProcessOptions {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly port: number;
  readonly statsPort: number;
  readonly apis: number;
  /** How long each part may take to finish its work when it is told to stop. */
  readonly drainSeconds: number;
  /** More variables for api and workers; they win over everything here. */
  readonly env: Readonly<Record<string, string>>;
}

/** On top of the drain time: before it a node tells that it will go, after it a process closes what it has open. */
const stopMarginSeconds = 10;

/**
 * For Node, where a file of any size passes through a process: a small young generation, so that the buffers of a stream are
 * collected soon instead of piling up.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=4'];

export const apiNames = (count: number) => named('api', count);
export const workerNames = (count: number) => named('worker', count);
export const haproxyName = 'haproxy';

function named(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);
}

export function adminSocketOf({ socketDir }: ProcessOptions): string {
  return path.join(socketDir, 'haproxy.sock');
}

export function haproxySpec(options: ProcessOptions): ChildSpec {
  const command = findExecutable('haproxy');
  if (command === undefined) throw new Failure('haproxy is not installed');
  const nodes = apiNames(options.apis).map((name, index) => [
    `API_${index + 1}`,
    `unix@${path.join(options.socketDir, `${name}.sock`)}`,
  ]);
  return {
    name: haproxyName,
    command,
    // -W: a master that can reload; -db: in the foreground.
    args: ['-W', '-db', '-f', path.join(projectDir, 'haproxy/haproxy.cfg')],
    env: {
      ...pick(['PATH', 'LANG', 'TZ', 'REQUEST_BYTES_MAX']),
      BIND: `127.0.0.1:${options.port}`,
      STATS_BIND: `127.0.0.1:${options.statsPort}`,
      ADMIN_SOCKET: adminSocketOf(options),
      HARD_STOP_SECONDS: String(options.drainSeconds),
      ...Object.fromEntries(nodes),
    },
    stopSignal: 'SIGUSR1',
    stopSeconds: options.drainSeconds + stopMarginSeconds,
  };
}

export function apiSpec(name: string, options: ProcessOptions): ChildSpec {
  return nodeSpec(name, 'api/main.ts', options, {
    SOCKET: path.join(options.socketDir, `${name}.sock`),
    EDGE_HOST: '127.0.0.1',
  });
}

export function workerSpec(name: string, options: ProcessOptions): ChildSpec {
  return nodeSpec(name, 'worker/main.ts', options, { SCRATCH_DIR: path.join(options.dataDir, 'scratch') });
}

function nodeSpec(
  name: string,
  entry: string,
  options: ProcessOptions,
  own: Record<string, string>,
): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: [...nodeFlags, path.join(projectDir, entry)],
    env: {
      ...pick(['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', ...tunable]),
      DATA_DIR: options.dataDir,
      DRAIN_SECONDS: String(options.drainSeconds),
      // Compiled once, and with no compiler in memory from the second start on.
      NODE_COMPILE_CACHE: path.join(options.dataDir, 'compile-cache'),
      ...own,
      ...options.env,
    },
    stopSignal: 'SIGTERM',
    stopSeconds: options.drainSeconds + stopMarginSeconds,
  };
}

// HOST and PORT are set in many a shell, to mean something else; where things listen and are kept is decided here.
const decidedHere = [
  'HOST',
  'PORT',
  'SOCKET',
  'EDGE_HOST',
  'METRICS_PORT',
  'DATA_DIR',
  'SCRATCH_DIR',
  'DRAIN_SECONDS',
];
const tunable = [...variables, ...secretVariables.map((name) => `${name}_FILE`)].filter(
  (name) => !decidedHere.includes(name),
);

function pick(names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
