// A slot without a process, for tests of what the worker does around it: its runs end as the test says.
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Slot, SlotOutcome, SlotRunOptions } from '#worker/sandbox/slot.ts';

export interface FakeSlot extends Slot {
  readonly folder: string;
}

/** `run` sees the prepared folder and the options; it writes results as out/{index} itself. */
export async function makeFakeSlot(
  run: (folder: string, options: SlotRunOptions) => Promise<SlotOutcome>,
): Promise<FakeSlot> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'millrace-test-'));
  return {
    folder,
    prepare: async () => {
      for (const name of ['in', 'out', 'work']) {
        await fs.rm(path.join(folder, name), { recursive: true, force: true });
        await fs.mkdir(path.join(folder, name));
      }
      return folder;
    },
    run: (_task, options) => run(folder, options),
    clear: async () => {
      for (const name of ['in', 'out', 'work'])
        await fs.rm(path.join(folder, name), { recursive: true, force: true });
    },
    openResult: async (index) => {
      const file = path.join(folder, 'out', String(index));
      return { bytes: (await fs.stat(file)).size, stream: createReadStream(file) };
    },
    close: () => fs.rm(folder, { recursive: true, force: true }),
  };
}

/** Copies its first input to its one result. */
export async function copyFirstInput(folder: string): Promise<SlotOutcome> {
  await fs.copyFile(path.join(folder, 'in', '0'), path.join(folder, 'out', '0'));
  return {
    type: 'succeeded',
    results: [{ index: 0, name: 'a.png', mediaType: 'image/png' }],
    warnings: ['a warning'],
  };
}

/** Resolves as a slot does when it is told to stop. */
export function untilStopped(options: SlotRunOptions): Promise<SlotOutcome> {
  return new Promise((resolve) => {
    const stopped = () => resolve({ type: 'stopped' });
    if (options.signal.aborted) stopped();
    options.signal.addEventListener('abort', stopped);
  });
}
