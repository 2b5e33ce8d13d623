// Millrace on this machine: HAProxy, api nodes and workers under one supervisor, on one data folder. For trying it
// out and for tests; in production each machine's own service supervisor does this work.
//
// Once `start` has resolved, HAProxy has seen every api node healthy. A process that dies before that fails the
// start; one that dies later is restarted or not, as asked, and told of through onDeath.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '#scripts/failure.ts';
import { describeDeath, type Death, type RestartPolicy } from '#scripts/supervisor/child-spec.ts';
import { Supervisor } from '#scripts/supervisor/supervisor.ts';
import { readNodeStates, type NodeState } from './haproxy-runtime.ts';
import * as processes from './processes.ts';
import { closeSocketDir, openSocketDir } from './socket-dir.ts';

export interface PlatformOptions {
  readonly dataDir: string;
  /** Loopback ports that are free. */
  readonly port: number;
  readonly statsPort: number;
  /** 1 to 8. */
  readonly apis: number;
  readonly workers: number;
  readonly drainSeconds: number;
  readonly restart: RestartPolicy | 'never';
  /** More environment variables for api and workers. */
  readonly env?: Readonly<Record<string, string>>;
  /** A process ended unasked, after the start. `restartMs` is absent when it stays down. */
  readonly onDeath?: (death: Death, restartMs: number | undefined) => void;
}

const startSecondsMax = 60;
const pollMs = 50;

export class Platform {
  readonly url: string;
  readonly statsUrl: string;
  readonly supervisor: Supervisor;
  readonly apis: readonly string[];
  readonly workers: readonly string[];
  readonly #processes: processes.ProcessOptions;
  readonly #firstDeath = Promise.withResolvers<never>();
  #started = false;
  #stopping = false;

  constructor(options: PlatformOptions) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.statsUrl = `http://127.0.0.1:${options.statsPort}`;
    this.apis = processes.apiNames(options.apis);
    this.workers = processes.workerNames(options.workers);
    fs.mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    this.#processes = { ...options, env: options.env ?? {}, socketDir: openSocketDir(options.dataDir) };
    this.#firstDeath.promise.catch(() => {});
    this.supervisor = new Supervisor({
      logDir: path.join(options.dataDir, 'logs'),
      restart: options.restart,
      onDeath: (death, restartMs) => {
        if (this.#started) options.onDeath?.(death, restartMs);
        else this.#firstDeath.reject(new Failure(describeDeath(death)));
      },
    });
  }

  get adminSocket(): string {
    return processes.adminSocketOf(this.#processes);
  }

  /** Throws Failure, with everything stopped again, when a process dies or HAProxy does not see all nodes in time. */
  async start(): Promise<void> {
    try {
      await Promise.race([this.#startProcesses(), this.#firstDeath.promise]);
      await Promise.race([this.untilNodes(this.apis, isReady, startSecondsMax), this.#firstDeath.promise]);
      this.#started = true;
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async #startProcesses(): Promise<void> {
    const specs = [
      ...this.apis.map((name) => processes.apiSpec(name, this.#processes)),
      ...this.workers.map((name) => processes.workerSpec(name, this.#processes)),
      processes.haproxySpec(this.#processes),
    ];
    for (const spec of specs) if (!this.#stopping) await this.supervisor.start(spec);
  }

  /** Waits until HAProxy's view of each of these nodes satisfies `wanted`. Throws Failure past `secondsMax`. */
  async untilNodes(
    names: readonly string[],
    wanted: (node: NodeState) => boolean,
    secondsMax: number,
  ): Promise<void> {
    const end = performance.now() + secondsMax * 1000;
    for (;;) {
      const nodes = await readNodeStates(this.adminSocket).catch(() => []);
      const lacking = names.filter((name) => !nodes.some((node) => node.name === name && wanted(node)));
      if (lacking.length === 0 || this.#stopping) return;
      if (performance.now() > end)
        throw new Failure(
          `HAProxy does not see ${lacking.join(', ')} as expected after ${secondsMax} s; logs: ${path.dirname(this.supervisor.logOf(processes.haproxyName))}`,
        );
      await sleep(pollMs);
    }
  }

  /** Drains: HAProxy takes no more connections, then the api ends its requests, then the workers their jobs. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.supervisor.stopAll([[processes.haproxyName], this.apis, this.workers]);
    this.#removeSockets();
  }

  /** Kills everything at once. Safe while a stop is under way. */
  async kill(): Promise<void> {
    this.#stopping = true;
    await this.supervisor.killAll();
    this.#removeSockets();
  }

  #removeSockets(): void {
    closeSocketDir(this.#processes);
  }
}

export function isReady(node: NodeState): boolean {
  return node.status === 'UP' && node.checked;
}
