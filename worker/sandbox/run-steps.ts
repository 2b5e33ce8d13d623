// One job inside the sandbox: every step takes each file there is and makes others of it; the files of the
// last step are the results.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#shared/errors.ts';
import { findOperation } from '#shared/operations/catalogue.ts';
import type { OperationName } from '#shared/operations/catalogue.ts';
import type { Operation } from '#shared/operations/operation.ts';
import type { JobStep } from '#shared/job/job.ts';
import type { Run, StepFile } from '#worker/operations/run.ts';
import { runs } from '#worker/operations/runs.ts';
import { assertAccepted } from './accept-file.ts';
import { nameResults } from './name-results.ts';
import { warningsMax } from './parse-reply.ts';
import type { RunCommand, RunnerReply } from './protocol.ts';
import { sniff } from './sniff/sniff.ts';
import type { Sniffed } from './sniff/sniffed.ts';
import { StepError } from './to-job-error.ts';

type File = StepFile & Sniffed;
type OnProgress = (progress: number) => void;

/** Leaves the results in out/. Throws StepError. */
export async function runSteps(command: RunCommand, onProgress: OnProgress): Promise<RunnerReply> {
  const warnings = new Set<string>();
  let files = await sniffInputs(command);
  for (const [step, { operation, params }] of command.steps.entries()) {
    files = await runStep(
      command,
      step,
      { operation, params },
      files,
      (text) => warnings.add(text),
      onProgress,
    );
  }
  const names = nameResults(files);
  for (const [index, file] of files.entries())
    await fs.rename(file.path, path.join(command.folder, 'out', `${index}`));
  return {
    type: 'succeeded',
    results: files.map(({ mediaType }, index) => ({ index, name: names[index] ?? 'file', mediaType })),
    warnings: [...warnings].slice(0, warningsMax),
  };
}

async function sniffInputs({ folder, inputs }: RunCommand): Promise<File[]> {
  const files: File[] = [];
  for (const [input, { name }] of inputs.entries()) {
    const file = path.join(folder, 'in', `${input}`);
    files.push({ path: file, name, ...(await at({ input }, () => sniff(file, name))) });
  }
  return files;
}

async function runStep(
  { folder, steps }: RunCommand,
  step: number,
  { operation: name, params }: JobStep,
  inputs: readonly File[],
  warn: (warning: string) => void,
  onProgress: OnProgress,
): Promise<File[]> {
  const { operation, run, settings } = await at({ step }, () => prepareStep(name, params));
  const made: File[] = [];
  for (const [input, file] of inputs.entries()) {
    const stepFolder = path.join(folder, 'work', `${step}-${input}`);
    await fs.mkdir(stepFolder, { recursive: true });
    const results = await at({ step, input }, () => {
      assertAccepted(operation, file);
      return run({ params: settings, input: file, folder: stepFolder, warn });
    });
    made.push(...results.map((result) => ({ ...result, encrypted: false })));
    onProgress((step + (input + 1) / inputs.length) / steps.length);
  }
  return made;
}

/** The api has checked all this; a worker of another version may still see what it does not know. */
function prepareStep(name: string, params: JobStep['params']) {
  const operation: Operation | undefined = findOperation(name);
  if (operation === undefined)
    throw new AppError('unknown_operation', { detail: `There is no operation ${name}.` });
  const parsed = operation.params.safeParse(params);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError('invalid_params', {
      detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    });
  }
  // The table pairs each run with its own params; by name at run time the pairing is out of the compiler's sight.
  const run = runs[operation.name as OperationName] as Run<OperationName>;
  return { operation, run, settings: parsed.data as never };
}

async function at<Result>(where: StepError['where'], work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new StepError(where, error);
  }
}
