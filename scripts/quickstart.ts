// From nothing to converted files: sets the machine up, starts the platform, converts two samples through it, says
// how to go on, and stays up. Whatever goes wrong is one clear line, with everything stopped and a non-zero exit.
import path from 'node:path';
import process from 'node:process';
import { findOrRegister, writeAccountFile, type Found } from '#scripts/demo/account-file.ts';
import { conversions, convertSample } from '#scripts/demo/conversions.ts';
import { lockFolder } from '#scripts/demo/folder-lock.ts';
import { watchSignals, type Interruption } from '#scripts/demo/interruption.ts';
import { help, parseOptions, type QuickstartOptions } from '#scripts/demo/options.ts';
import { Failure, describeFailure } from '#scripts/failure.ts';
import { Platform } from '#scripts/platform/platform.ts';
import { freePort, isPortFree } from '#scripts/platform/ports.ts';
import { projectDir } from '#scripts/platform/processes.ts';
import { setUp } from '#scripts/setup/set-up.ts';
import { showStep } from '#scripts/setup/show-step.ts';
import { describeDeath, patient, type Death } from '#scripts/supervisor/child-spec.ts';

const drainSeconds = 10;
const interruptedExitCode = 130;

/** Answers the exit code. */
async function quickstart(options: QuickstartOptions): Promise<number> {
  await setUp({ groups: ['edge', 'office', 'fonts', 'client'], yes: options.yes });
  await lockFolder(options.dataDir);
  const givenUp = Promise.withResolvers<never>();
  givenUp.promise.catch(() => {});
  const platform = await createPlatform(options, givenUp.reject);
  const interruption = watchSignals();
  try {
    const shown = await Promise.race([show(platform, options), givenUp.promise, interruption.first]);
    if (shown === 'interrupted') return interruptedExitCode;
    if (!options.once) await Promise.race([interruption.first, givenUp.promise]);
    return 0;
  } finally {
    await stop(platform, interruption);
  }
}

async function createPlatform(
  options: QuickstartOptions,
  giveUp: (reason: Failure) => void,
): Promise<Platform> {
  if (options.port !== 0 && !(await isPortFree(options.port)))
    throw new Failure(`Port ${options.port} is taken: choose another with --port (0 takes any that is free)`);
  const port = await freePort(options.port);
  const onDeath = (death: Death, restartMs: number | undefined) => {
    if (restartMs === undefined) giveUp(new Failure(`Giving up: ${describeDeath(death)}`));
    else console.error(`${describeDeath(death)}; starting it again`);
  };
  return new Platform({
    ...options,
    port,
    statsPort: await freePort(port + 1),
    drainSeconds,
    restart: patient,
    onDeath,
    // HAProxy is gone before the api is told to stop, so there is nobody to tell that a node drains.
    env: { BACKEND: options.backend, REGISTRATION: 'open', READY_FALL_SECONDS: '0' },
  });
}

async function show(platform: Platform, options: QuickstartOptions): Promise<'shown'> {
  const parts = `HAProxy, ${count(options.apis, 'api node')} and ${count(options.workers, 'worker')}`;
  await showStep(`Starting ${parts}`, () => platform.start());
  const account = await findOrRegister(options.dataDir, platform.url);
  if (account.earlierJobs !== undefined)
    console.log(
      `Account ${account.account} is still here, with ${count(account.earlierJobs, 'earlier job')}`,
    );
  const at = { url: platform.url, key: account.key, resultsDir: path.join(options.dataDir, 'results') };
  const saved: string[] = [];
  for (const conversion of conversions)
    saved.push(await showStep(conversion.title, () => convertSample(conversion, at)));
  writeAccountFile(options.dataDir, { url: platform.url, ...account });
  console.log(describe(platform, account, saved, options));
  return 'shown';
}

function describe(
  platform: Platform,
  account: Found,
  saved: readonly string[],
  options: QuickstartOptions,
): string {
  const letter = path.join(projectDir, 'test/samples/letter.docx');
  const lines = [
    '',
    'Millrace works. The results:',
    ...saved.map((file) => `  ${file}`),
    '',
    `Base URL    ${platform.url}`,
    `Key         ${account.key}`,
    `HAProxy     ${platform.statsUrl}`,
    `Logs        ${path.join(options.dataDir, 'logs')}`,
  ];
  const trial = [
    '',
    'Convert a document yourself:',
    `  curl -sS --fail-with-body -o letter.pdf -H 'Authorization: Bearer ${account.key}' \\`,
    `    -F ${quote(`file=@${letter}`)} ${platform.url}/v1/run/convert-to-pdf`,
    '',
    'Ctrl-C stops everything.',
  ];
  return [...lines, ...(options.once ? [] : trial)].join('\n');
}

async function stop(platform: Platform, interruption: Interruption): Promise<void> {
  await showStep('Stopping', async () => {
    const insisted = await Promise.race([platform.stop(), interruption.second]);
    if (insisted) await platform.kill();
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** For a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function main(): Promise<number> {
  // Whoever reads our output may go away (`| head`); the platform stays.
  process.stdout.on('error', () => {});
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options !== 'help') return await quickstart(options);
    process.stdout.write(help);
    return 0;
  } catch (error) {
    console.error(describeFailure(error));
    return 1;
  }
}

process.exit(await main());
