// What the supervisor needs to know of a process to start, watch and stop it.

export interface ChildSpec {
  /** Unique in a supervisor; names the log: `api-1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Asks it to stop, drained. */
  readonly stopSignal: NodeJS.Signals;
  /** How long it may take to stop before its process group is killed. */
  readonly stopSeconds: number;
}

export interface RestartPolicy {
  /** Before the first restart; doubles with each death in a row, up to `delayMsMax`. */
  readonly delayMs: number;
  readonly delayMsMax: number;
  /** A child that lived this long has recovered: its next death counts as the first. */
  readonly steadyMs: number;
  /** After this many deaths in a row the supervisor gives the child up. */
  readonly deathsMax: number;
}

export const patient: RestartPolicy = { delayMs: 250, delayMsMax: 10_000, steadyMs: 15_000, deathsMax: 5 };

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Death {
  readonly name: string;
  readonly exit: Exit;
  readonly logFile: string;
  /** The last line of its log that tells of a problem; empty when there is none. */
  readonly lastError: string;
}

/** One line for people. */
export function describeDeath({ name, exit, logFile, lastError }: Death): string {
  const how = exit.signal ? `was killed by ${exit.signal}` : `ended with exit code ${exit.code}`;
  return `${name} ${how}; its log: ${logFile}${lastError === '' || exit.code === 0 ? '' : `; last error: ${lastError}`}`;
}
