// Every check and every test, one stage after another. Ends with the time of each and `N passed, N failed`.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { describeFailure, Failure } from '#scripts/failure.ts';
import { runStage, type StageResult } from '#scripts/run-tests/run-stage.ts';
import { listStages } from '#scripts/run-tests/stages.ts';
import { setUp } from '#scripts/setup/set-up.ts';

const help = `Usage: scripts/test [options]

Installs what is missing, checks format, lint, types and imports, and runs every test.

  --full    also the long ones
  --yes     install missing system packages without asking
  --help    this text
`;

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args: [...args], options: { full: flag, yes: flag, help: flag } }).values;
  } catch (error) {
    throw new Failure(`${(error as Error).message.split('. ')[0]}; see scripts/test --help`);
  }
}

async function runStages(full: boolean): Promise<number> {
  const results: StageResult[] = [];
  for (const stage of listStages(full)) {
    console.log(`\n== ${stage.name}`);
    results.push(await runStage(stage));
  }
  console.log('');
  for (const { name, seconds, passed, failed } of results) {
    const counts = passed + failed === 0 ? 'ok' : `${passed} passed, ${failed} failed`;
    console.log(`${name.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s  ${counts}`);
  }
  const total = (count: 'passed' | 'failed') => results.reduce((sum, result) => sum + result[count], 0);
  console.log(`${total('passed')} passed, ${total('failed')} failed`);
  return total('failed') === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  try {
    const options = parse(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(help);
      return 0;
    }
    await setUp({ groups: ['edge', 'office', 'fonts', 'client', 'inspection'], yes: options.yes });
    return await runStages(options.full);
  } catch (error) {
    console.error(describeFailure(error));
    return 1;
  }
}

process.exit(await main());
