// One child through its lives:
//
//   stopped ──start──► running ──dies──► waiting ──delay──► running
//      ▲                  │                 └─ too many deaths in a row ─► given up
//      └──────stop────────┴─────────────────────────────────────────────────┘
//
// start and stop are safe to call twice, in any state.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { Failure } from '#scripts/failure.ts';
import { findLastError, openChildLog, sizeOfChildLog } from './child-log.ts';
import type { ChildSpec, Death, Exit, RestartPolicy } from './child-spec.ts';
import { signalGroup, spawnChild } from './spawn-child.ts';

export interface ChildEvents {
  readonly onStart: (name: string, pid: number) => void;
  /** An end that nobody asked for. `restartMs` is absent when there will be no restart. */
  readonly onDeath: (death: Death, restartMs: number | undefined) => void;
}

export class Child {
  readonly spec: ChildSpec;
  readonly logFile: string;
  readonly #policy: RestartPolicy | 'never';
  readonly #events: ChildEvents;
  #process: ChildProcess | undefined;
  #ended: Promise<Exit> | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  #deaths = 0;

  constructor(spec: ChildSpec, logFile: string, policy: RestartPolicy | 'never', events: ChildEvents) {
    this.spec = spec;
    this.logFile = logFile;
    this.#policy = policy;
    this.#events = events;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves once the process exists. Throws Failure when it cannot be started at all. */
  async start(): Promise<void> {
    if (this.#process) return;
    clearTimeout(this.#restart);
    this.#stopping = false;
    const logFrom = sizeOfChildLog(this.logFile);
    const descriptor = openChildLog(this.logFile);
    const child = spawnChild(this.spec, descriptor);
    fs.closeSync(descriptor);
    this.#process = child;
    const startedAt = performance.now();
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#process = undefined;
        resolve({ code, signal });
        if (!this.#stopping) this.#afterDeath({ code, signal }, performance.now() - startedAt, logFrom);
      });
    });
    try {
      await once(child, 'spawn');
    } catch (error) {
      this.#process = undefined;
      this.#ended = undefined;
      throw new Failure(`${this.spec.name} could not be started: ${(error as Error).message}`, {
        cause: error,
      });
    }
    this.#events.onStart(this.spec.name, child.pid as number);
  }

  /** Asks it to stop; kills its group when it takes longer than its spec allows. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#process;
    if (child?.pid === undefined || this.#ended === undefined) return;
    const pid = child.pid;
    child.kill(this.spec.stopSignal);
    const impatience = setTimeout(() => signalGroup(pid, 'SIGKILL'), this.spec.stopSeconds * 1000);
    await this.#ended;
    clearTimeout(impatience);
  }

  /** Kills the group now; it is not restarted. */
  async killForGood(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    if (this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
    await this.#ended;
  }

  /** Sends a signal as anyone might; what follows is up to the child and the restart policy. Answers the end, if it comes to it. */
  signal(signal: NodeJS.Signals): Promise<Exit> {
    if (this.#process === undefined || this.#ended === undefined)
      throw new Failure(`${this.spec.name} is not running`);
    this.#process.kill(signal);
    return this.#ended;
  }

  #afterDeath(exit: Exit, livedMs: number, logFrom: number): void {
    const restartMs = this.#restartDelay(livedMs);
    const death: Death = {
      name: this.spec.name,
      exit,
      logFile: this.logFile,
      lastError: findLastError(this.logFile, logFrom),
    };
    if (restartMs !== undefined) {
      this.#restart = setTimeout(() => {
        this.start().catch((error: Error) =>
          this.#events.onDeath({ ...death, lastError: error.message }, undefined),
        );
      }, restartMs);
    }
    this.#events.onDeath(death, restartMs);
  }

  #restartDelay(livedMs: number): number | undefined {
    if (this.#policy === 'never') return undefined;
    this.#deaths = livedMs >= this.#policy.steadyMs ? 1 : this.#deaths + 1;
    if (this.#deaths >= this.#policy.deathsMax) return undefined;
    return Math.min(this.#policy.delayMs * 2 ** (this.#deaths - 1), this.#policy.delayMsMax);
  }
}
