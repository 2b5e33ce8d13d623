// Starts and watches processes on one machine: each in its own process group with its own log file, restarted
// when it dies (or not, as the policy says), stopped in the order asked for. What dies, dies loudly: see onDeath.
import fs from 'node:fs';
import path from 'node:path';
import { Failure } from '#scripts/failure.ts';
import { Child, type ChildEvents } from './child.ts';
import type { ChildSpec, Exit, RestartPolicy } from './child-spec.ts';

export interface SupervisorOptions extends Partial<ChildEvents> {
  /** Made if absent; each child logs to `{name}.log` in it. */
  readonly logDir: string;
  readonly restart: RestartPolicy | 'never';
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<string, Child>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    fs.mkdirSync(options.logDir, { recursive: true });
  }

  /** Throws Failure when it cannot be started. A child of this name that runs already is left alone. */
  async start(spec: ChildSpec): Promise<void> {
    const known = this.#children.get(spec.name);
    const child = known ?? this.#adopt(spec);
    await child.start();
  }

  #adopt(spec: ChildSpec): Child {
    const { logDir, restart, onStart = () => {}, onDeath = () => {} } = this.#options;
    const child = new Child(spec, path.join(logDir, `${spec.name}.log`), restart, { onStart, onDeath });
    this.#children.set(spec.name, child);
    return child;
  }

  get names(): string[] {
    return [...this.#children.keys()];
  }

  pidOf(name: string): number | undefined {
    return this.#find(name).pid;
  }

  logOf(name: string): string {
    return this.#find(name).logFile;
  }

  /** Sends a signal without calling it a stop: to the supervisor, the death that may follow is an accident. Resolves at that death. */
  signal(name: string, signal: NodeJS.Signals): Promise<Exit> {
    return this.#find(name).signal(signal);
  }

  /** Stops a child, drained, and starts it again. */
  async restart(name: string): Promise<void> {
    const child = this.#find(name);
    await child.stop();
    await child.start();
  }

  async stop(name: string): Promise<void> {
    await this.#find(name).stop();
  }

  /** Stops groups of children one after another, the children of a group at the same time; then whatever is left. */
  async stopAll(order: readonly (readonly string[])[] = []): Promise<void> {
    for (const names of [...order, this.names]) {
      const started = names.filter((name) => this.#children.has(name));
      await Promise.all(started.map((name) => this.#find(name).stop()));
    }
  }

  /** Kills everything at once, as a power cut would. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.killForGood()));
  }

  #find(name: string): Child {
    const child = this.#children.get(name);
    if (child === undefined) throw new Failure(`there is no child named ${name}: ${this.names.join(', ')}`);
    return child;
  }
}
