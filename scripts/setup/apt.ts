// Installs Debian and Ubuntu packages, group by group, each a step with its progress. Waits for whoever holds
// dpkg's or apt's lock instead of failing, and fetches the package lists only when they turn out to be needed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '#scripts/failure.ts';
import { packageGroups, type PackageGroup, type SystemPackage } from './packages.ts';
import { showStep, type Report } from './show-step.ts';

export type Privilege = 'root' | 'sudo';

const lockSecondsMax = 900;

/** Throws Failure with apt's last error line. */
export async function installPackages(
  missing: readonly SystemPackage[],
  privilege: Privilege,
): Promise<void> {
  let listsAreFresh = false;
  const refresh = async () => {
    await showStep('Refreshing package lists', (report) => runApt(['update'], privilege, report));
    listsAreFresh = true;
  };
  for (const [group, names] of byGroup(missing)) {
    const command = ['install', '--yes', '--no-install-recommends', ...names];
    const install = () =>
      showStep(`Installing ${packageGroups[group]}`, (report) => runApt(command, privilege, report));
    try {
      await install();
    } catch (error) {
      // Old lists name packages, or versions of them, that the archive no longer has.
      if (listsAreFresh || !(error instanceof Failure)) throw error;
      await refresh();
      await install();
    }
  }
}

function byGroup(missing: readonly SystemPackage[]): Map<PackageGroup, string[]> {
  const groups = new Map<PackageGroup, string[]>();
  for (const { name, group } of missing) groups.set(group, [...(groups.get(group) ?? []), name]);
  return groups;
}

async function runApt(command: readonly string[], privilege: Privilege, report: Report): Promise<void> {
  const givesUpAt = performance.now() + lockSecondsMax * 1000;
  for (;;) {
    const outcome = await runAptOnce(command, privilege, report);
    if (outcome.code === 0) return;
    const locked = outcome.errors.some((line) => /Could not get lock|Unable to lock/.test(line));
    if (!locked || performance.now() > givesUpAt)
      throw new Failure(
        `apt-get ${command[0]} failed (exit code ${outcome.code}): ${summarize(outcome.errors)}`,
      );
    report(0, 'another package installation is running; waiting for it');
    await sleep(2000);
  }
}

interface AptOutcome {
  readonly code: number;
  readonly errors: readonly string[];
}

// apt's progress comes on standard output among its other words: sudo closes every other descriptor. It is told another
// one all the same, made behind sudo: apt closes the one it reports on to the scripts inside packages, and a script
// without a standard output fails.
function runAptOnce(command: readonly string[], privilege: Privilege, report: Report): Promise<AptOutcome> {
  const settings = ['APT::Status-Fd=3', `DPkg::Lock::Timeout=${lockSecondsMax}`, 'Dpkg::Use-Pty=0'];
  const line = [
    ...(privilege === 'sudo' ? ['sudo'] : []),
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C',
    'sh',
    '-c',
    'exec apt-get "$@" 3>&1',
    'apt-get',
    ...settings.flatMap((setting) => ['-o', setting]),
    ...command,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(line[0] as string, line.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    const errors: string[] = [];
    createInterface({ input: child.stdout }).on('line', (text) => reportStatus(text, report));
    createInterface({ input: child.stderr }).on('line', (text) => {
      if (text.trim() !== '') errors.push(text.trim());
    });
    child.once('error', (error) => reject(new Failure(`Cannot run ${line[0]}: ${error.message}`)));
    child.once('close', (code) => resolve({ code: code ?? 1, errors }));
  });
}

// `dlstatus:3:41.2:Retrieving file 3 of 75` while downloading, `pmstatus:haproxy:60:Unpacking haproxy` after.
function reportStatus(line: string, report: Report): void {
  const status = /^(dl|pm)status:[^:]*:([\d.]+):(.*)$/.exec(line);
  if (status) report(Number(status[2]), status[1] === 'dl' ? 'downloading' : 'installing');
}

function summarize(errors: readonly string[]): string {
  const told = errors.filter((line) => line.startsWith('E:'));
  return (told.length > 0 ? told : errors.slice(-1)).join(' ') || 'it gave no reason';
}
