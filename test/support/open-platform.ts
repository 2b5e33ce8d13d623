// The whole platform for one test: HAProxy, api nodes and workers as quickstart starts them, on a fresh folder and a
// free port, with leases so short that a killed worker's job is soon another's.
import { freePort } from '#scripts/platform/ports.ts';
import { isReady, Platform } from '#scripts/platform/platform.ts';
import type { RestartPolicy } from '#scripts/supervisor/child-spec.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface TestPlatformOptions {
  readonly apis?: number;
  readonly workers?: number;
  readonly restart?: RestartPolicy | 'never';
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestPlatform {
  readonly url: string;
  readonly dataDir: string;
  /** The running one; another after `startAgain`. */
  readonly platform: Platform;
  /** SIGKILL to everything at once. */
  crash(): Promise<void>;
  /** New processes on the same folder and port. */
  startAgain(): Promise<void>;
  /** Stops one process in order and starts it again; an api node is then ready. */
  restart(name: string): Promise<void>;
  /** Drains and stops everything; the folder stays until `remove`. */
  stop(): Promise<void>;
  /** Kills what still runs and removes the folder. */
  remove(): Promise<void>;
}

/** Brings a killed process back at once, as often as it takes. */
export const tireless: RestartPolicy = { delayMs: 50, delayMsMax: 50, steadyMs: 0, deathsMax: 2 };

const settings = {
  REGISTRATION: 'open',
  LEASE_SECONDS: '2',
  READY_FALL_SECONDS: '0',
  SLOTS_DOCUMENTS: '1',
  SLOTS_IMAGES: '1',
};
const secondsMax = 30;

export async function openPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const folder = makeTemporaryFolder();
  const port = await freePort();
  const statsPort = await freePort();
  const start = async () => {
    const platform = new Platform({
      dataDir: folder.path,
      port,
      statsPort,
      apis: options.apis ?? 2,
      workers: options.workers ?? 2,
      drainSeconds: 20,
      restart: options.restart ?? 'never',
      env: { ...settings, ...options.env },
    });
    await platform.start();
    return platform;
  };
  let platform = await start().catch((error: unknown) => {
    folder.remove();
    throw error;
  });
  return {
    url: platform.url,
    dataDir: folder.path,
    get platform() {
      return platform;
    },
    crash: () => platform.kill(),
    startAgain: async () => {
      platform = await start();
    },
    restart: async (name) => {
      await platform.supervisor.restart(name);
      if (platform.apis.includes(name)) await platform.untilNodes([name], isReady, secondsMax);
    },
    stop: () => platform.stop(),
    remove: async () => {
      await platform.kill();
      folder.remove();
    },
  };
}
