// Gets the machine ready: every system package that is missing is installed, after asking where asking is due.
// Nothing missing is the common case and costs a few file look-ups.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { Failure } from '#scripts/failure.ts';
import { installPackages, type Privilege } from './apt.ts';
import {
  findExecutable,
  missingPackages,
  packageGroups,
  type PackageGroup,
  type SystemPackage,
} from './packages.ts';

export interface SetUpOptions {
  readonly groups: readonly PackageGroup[];
  /** Install without asking. */
  readonly yes: boolean;
}

/** Throws Failure, with what to do in its message, when something is missing and was not installed. */
export async function setUp({ groups, yes }: SetUpOptions): Promise<void> {
  const missing = missingPackages(groups);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' ');
  if (findExecutable('apt-get') === undefined)
    throw new Failure(
      `This machine lacks ${describeGroups(missing)}, and only Debian and Ubuntu (apt) are set up by this script: ` +
        `install what these packages hold, then start again: ${names}`,
    );
  await installPackages(missing, await obtainPrivilege(missing, yes));
  const still = missingPackages(groups);
  if (still.length > 0)
    throw new Failure(
      `apt installed everything asked for, and yet these are not found: ${still.map(evidenceOf).join(', ')}`,
    );
}

async function obtainPrivilege(missing: readonly SystemPackage[], yes: boolean): Promise<Privilege> {
  if (process.getuid?.() === 0) return 'root';
  const command = `apt-get install --no-install-recommends ${missing.map(({ name }) => name).join(' ')}`;
  if (findExecutable('sudo') === undefined)
    throw new Failure(`System packages are missing and there is no sudo here: as root, run: ${command}`);
  if (yes) return enterSudo();
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Failure(
      `System packages are missing: start again with --yes to install them with sudo, or run: sudo ${command}`,
    );
  if (!(await confirm(missing)))
    throw new Failure(`Nothing was installed. To do it yourself: sudo ${command}`);
  return enterSudo();
}

/** Lets sudo ask for the password now: later its prompt would be lost among the progress. */
function enterSudo(): Privilege {
  const { status } = spawnSync('sudo', ['-v'], { stdio: 'inherit' });
  if (status !== 0) throw new Failure('sudo refused; nothing was installed');
  return 'sudo';
}

async function confirm(missing: readonly SystemPackage[]): Promise<boolean> {
  console.log('These system packages are missing:');
  for (const { name, group, downloadMebibytes } of missing)
    console.log(
      `  ${name.padEnd(28)} about ${String(downloadMebibytes).padStart(3)} MB  ${packageGroups[group]}`,
    );
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D and Ctrl-C mean no.
  const answer = new Promise<string>((resolve) => {
    prompt.once('close', () => resolve('n'));
    void prompt.question('Install them with sudo? [Y/n] ').then(resolve);
  });
  const said = (await answer).trim();
  prompt.close();
  return /^(y|yes)?$/i.test(said);
}

function describeGroups(missing: readonly SystemPackage[]): string {
  return [...new Set(missing.map(({ group }) => packageGroups[group]))].join('; ');
}

function evidenceOf({ name, evidence }: SystemPackage): string {
  return `${evidence} (${name})`;
}
