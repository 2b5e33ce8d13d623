// A context on the local drivers in a folder of its own, with a clock that a test moves: `records.now()` is what leases,
// months and expiry are measured by.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseConfig } from '#shared/config.ts';
import type { Environment } from '#shared/config.ts';
import { closeContext, openContext } from '#shared/context.ts';
import type { Context } from '#shared/context.ts';

export interface TestContext {
  readonly context: Context;
  /** Moves the backend's clock forward. */
  advance(ms: number): void;
  /** Every blob there is. */
  blobPaths(): Promise<string[]>;
  /** Closes the ports and removes the folder. */
  remove(): Promise<void>;
}

export async function openTestContext(environment: Environment = {}): Promise<TestContext> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'millrace-test-'));
  const config = parseConfig({ LOG_LEVEL: 'silent', DATA_DIR: folder, ...environment });
  const opened = await openContext(config, 'test');
  let offsetMs = 0;
  const { records } = opened;
  const context: Context = { ...opened, records: { ...records, now: () => records.now() + offsetMs } };
  return {
    context,
    advance: (ms) => {
      offsetMs += ms;
    },
    blobPaths: async () => (await context.blobs.list('', { limit: 5000 })).blobs.map((blob) => blob.path),
    remove: async () => {
      await closeContext(opened);
      await fs.rm(folder, { recursive: true, force: true });
    },
  };
}
