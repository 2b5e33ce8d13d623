// Protects the one list of system packages: what the set-up installs is what the images hold.
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { projectDir } from '#scripts/platform/processes.ts';
import { findExecutable, packageGroups, systemPackages, type PackageGroup } from '#scripts/setup/packages.ts';

function packagesIn(dockerfile: string): string[] {
  const text = fs.readFileSync(path.join(projectDir, dockerfile), 'utf8');
  const block = /apt-get install [^\\]*\\\n((?: {4}[a-z0-9.+-]+ \\\n)+)/.exec(text)?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => line.replace('\\', '').trim())
    .filter(Boolean);
}

describe('system packages', () => {
  for (const [dockerfile, groups] of [
    ['worker/Dockerfile', ['office', 'fonts']],
    ['haproxy/Dockerfile', ['edge']],
    ['api/Dockerfile', []],
  ] as const satisfies readonly (readonly [string, readonly PackageGroup[]])[])
    it(`are the same in ${dockerfile}`, () => {
      const listed = systemPackages.filter(({ group }) => (groups as readonly string[]).includes(group));
      expect(packagesIn(dockerfile)).to.deep.equal(listed.map(({ name }) => name));
    });

  it('are each listed once, in a group that is used', () => {
    const names = systemPackages.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(new Set(systemPackages.map(({ group }) => group))).to.deep.equal(
      new Set(Object.keys(packageGroups)),
    );
  });

  it('are found where the shell would find them', () => {
    expect(findExecutable('sh')).to.match(/\/sh$/);
    expect(findExecutable('no-such-program')).to.equal(undefined);
  });
});
