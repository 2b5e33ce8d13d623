// A real slot for tests of operations: files as bytes in, results as bytes out.
import fs from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import pino from 'pino';
import type { JobError, JobStep } from '#shared/job/job.ts';
import { chooseConfinement } from '#worker/sandbox/choose-confinement.ts';
import { openSlot } from '#worker/sandbox/slot.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface TestFile {
  readonly name: string;
  readonly bytes: Buffer | string;
}

export interface MadeFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Made {
  readonly files: readonly MadeFile[];
  readonly warnings: readonly string[];
  readonly progress: readonly number[];
}

export interface OperationSlot {
  /** Where its folders are. */
  readonly scratchDir: string;
  /** Throws when the job does not succeed. */
  readonly make: (steps: readonly JobStep[], ...inputs: readonly TestFile[]) => Promise<Made>;
  /** The one result of one step on one file. */
  readonly convert: (
    operation: string,
    params: JobStep['params'],
    input: TestFile,
  ) => Promise<MadeFile & Pick<Made, 'warnings'>>;
  /** Throws when the job does not fail. */
  readonly refuse: (operation: string, params: JobStep['params'], input: TestFile) => Promise<JobError>;
  readonly close: () => Promise<void>;
}

/** What confines here; undefined on a machine, or in a container, where bubblewrap does not work. */
export const confinement = await chooseConfinement('auto', pino({ level: 'silent' }));

/** Confined as a worker's slots are, unless a test puts its own program in an engine's place. */
export async function openOperationSlot(confined = true, suffix = ''): Promise<OperationSlot> {
  const scratch = makeTemporaryFolder(suffix);
  const confine = confined ? confinement : undefined;
  const slot = await openSlot({ scratchDir: scratch.path, confine });

  async function run(steps: readonly JobStep[], inputs: readonly TestFile[]) {
    const folder = await slot.prepare();
    for (const [index, { bytes }] of inputs.entries())
      await fs.writeFile(path.join(folder, 'in', `${index}`), bytes);
    const progress: number[] = [];
    const options = {
      deadlineMs: 60_000,
      signal: new AbortController().signal,
      onProgress: (at: number) => progress.push(at),
    };
    return {
      outcome: await slot.run({ inputs: inputs.map(({ name }) => ({ name })), steps }, options),
      progress,
    };
  }

  const make: OperationSlot['make'] = async (steps, ...inputs) => {
    const { outcome, progress } = await run(steps, inputs);
    if (outcome.type !== 'succeeded') throw new Error(`expected results, got ${JSON.stringify(outcome)}`);
    const files: MadeFile[] = [];
    for (const { index, name, mediaType } of outcome.results) {
      files.push({ name, mediaType, bytes: await buffer((await slot.openResult(index)).stream) });
    }
    return { files, warnings: outcome.warnings, progress };
  };

  return {
    scratchDir: scratch.path,
    make,
    convert: async (operation, params, input) => {
      const { files, warnings } = await make([{ operation, params }], input);
      const [file] = files;
      if (file === undefined || files.length > 1) throw new Error(`expected one result, got ${files.length}`);
      return { ...file, warnings };
    },
    refuse: async (operation, params, input) => {
      const { outcome } = await run([{ operation, params }], [input]);
      if (outcome.type !== 'failed') throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
      return outcome.error;
    },
    close: async () => {
      await slot.close();
      scratch.remove();
    },
  };
}
