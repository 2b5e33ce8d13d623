// Runs one stage and says how it went. A stage that breaks, or a folder that holds no test, has failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { projectDir } from '#scripts/platform/processes.ts';
import type { Stage } from './stages.ts';

export interface StageResult {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  /** A check that fails counts as one, so that a run with a problem never ends in "0 failed". */
  readonly failed: number;
}

export async function runStage(stage: Stage): Promise<StageResult> {
  const started = performance.now();
  const counts =
    'script' in stage.run ? await runScript(stage.run.script) : await runFolder(`test/${stage.run.folder}`);
  return { name: stage.name, seconds: (performance.now() - started) / 1000, ...counts };
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

async function runScript(script: string): Promise<Counts> {
  const code = await run('npm', ['run', '--silent', script], {});
  return { passed: 0, failed: code === 0 ? 0 : 1 };
}

async function runFolder(folder: string): Promise<Counts> {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-run-tests-'));
  const file = path.join(temporary, 'summary.json');
  try {
    const reporter = path.join(import.meta.dirname, 'summary-reporter.ts');
    const mocha = path.join(projectDir, 'node_modules/mocha/bin/mocha.js');
    const code = await run(process.execPath, [mocha, '--reporter', reporter, `${folder}/**/*.test.ts`], {
      TEST_SUMMARY_FILE: file,
    });
    const counts = readCounts(file);
    if (counts.passed + counts.failed === 0) console.error(`${folder}: no test ran`);
    const broken = counts.failed === 0 && (code !== 0 || counts.passed === 0);
    return broken ? { ...counts, failed: 1 } : counts;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Counts;
  } catch {
    return { passed: 0, failed: 0 };
  }
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(command, args, {
    cwd: projectDir,
    stdio: 'inherit',
    env: { ...process.env, ...path24(), ...env },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

// npm scripts find the tools, and the Node this runs on, before whatever the machine has.
function path24(): { readonly PATH: string } {
  const folders = [
    path.dirname(process.execPath),
    path.join(projectDir, 'node_modules/.bin'),
    process.env.PATH ?? '',
  ];
  return { PATH: folders.join(path.delimiter) };
}
