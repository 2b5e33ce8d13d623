// Protects the first thing anyone runs: scripts/quickstart and scripts/test find the right Node from anywhere, say in
// one line what is missing, and leave node_modules alone when it is right.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { projectDir } from '#scripts/platform/processes.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

interface Ran {
  readonly status: number | null;
  readonly lines: string[];
}

describe('bootstrap', () => {
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let copy: string;

  // The scripts as they are, in a folder with an awkward name; npm is a stand-in that notes what it was asked to do.
  beforeEach(() => {
    folder = makeTemporaryFolder("a folder's name");
    copy = path.join(folder.path, 'millrace');
    fs.cpSync(path.join(projectDir, 'scripts'), path.join(copy, 'scripts'), { recursive: true });
    fs.writeFileSync(path.join(copy, 'scripts/quickstart.ts'), showHowItRuns);
    fs.writeFileSync(path.join(copy, 'package.json'), '{ "type": "module" }');
    writeLock('package-lock.json', { chai: '6.3.0' });
    writeLock('node_modules/.package-lock.json', { chai: '6.3.0' });
    fs.mkdirSync(path.join(copy, 'node_modules/.bin'));
    fs.symlinkSync(process.execPath, path.join(copy, 'node_modules/.bin/node'));
  });
  afterEach(() => folder.remove());

  const showHowItRuns = `
    console.log(JSON.stringify({ node: process.versions.node, args: process.argv.slice(2), cwd: process.cwd() }));
    if (process.argv.includes('--fail')) process.exit(7);`;

  function writeLock(file: string, versions: Readonly<Record<string, string>>): void {
    const entries = Object.entries(versions).map(([name, version]) => [`node_modules/${name}`, { version }]);
    const target = path.join(copy, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, JSON.stringify({ packages: Object.fromEntries(entries) }));
  }

  /** A folder of commands, the only one on the PATH. */
  function commands(stand: Readonly<Record<string, string>>): string {
    const bin = fs.mkdtempSync(path.join(folder.path, 'bin-'));
    const system = ['sh', 'cat', 'cp', 'date', 'dirname', 'mktemp', 'readlink', 'rm', 'uname'];
    for (const name of system) fs.symlinkSync(`/bin/${name}`, path.join(bin, name));
    for (const [name, script] of Object.entries(stand))
      fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return bin;
  }
  const realNode = `exec '${process.execPath.replaceAll("'", String.raw`'\''`)}' "$@"`;
  const npmInstalls = `echo "npm $*" >> "$PWD/npm-calls"; cp package-lock.json node_modules/.package-lock.json`;
  const npmCalls = () => {
    const file = path.join(copy, 'npm-calls');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
  };

  function run(
    bin: string,
    {
      args = [],
      home = folder.path,
      as = path.join(copy, 'scripts/quickstart'),
    }: { args?: readonly string[]; home?: string; as?: string } = {},
  ): Ran {
    const { status, stdout, stderr } = spawnSync(as, args, {
      cwd: '/',
      env: { PATH: bin, HOME: home, TMPDIR: folder.path },
      encoding: 'utf8',
    });
    return { status, lines: `${stdout}${stderr}`.split('\n').filter(Boolean) };
  }

  it('runs the project’s Node with the arguments as they are, in the caller’s folder', () => {
    const bin = commands({ node: realNode, npm: npmInstalls });
    const { status, lines } = run(bin, { args: ['--data', 'a b', "it's", '*'] });
    expect(status).to.equal(0);
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal([
      { node: process.versions.node, args: ['--data', 'a b', "it's", '*'], cwd: '/' },
    ]);
    expect(npmCalls()).to.deep.equal([]);
  });

  it('passes the exit code on', () => {
    expect(run(commands({ node: realNode, npm: npmInstalls }), { args: ['--fail'] }).status).to.equal(7);
  });

  it('works through a symbolic link', () => {
    const link = path.join(folder.path, 'go');
    fs.symlinkSync(path.join(copy, 'scripts/quickstart'), link);
    expect(run(commands({ node: realNode, npm: npmInstalls }), { as: link }).status).to.equal(0);
  });

  for (const [what, change] of Object.entries({
    'another version': () => writeLock('node_modules/.package-lock.json', { chai: '6.2.0' }),
    'a package too few': () => writeLock('package-lock.json', { chai: '6.3.0', mocha: '12.0.3' }),
    'a package too many': () =>
      writeLock('node_modules/.package-lock.json', { chai: '6.3.0', mocha: '12.0.3' }),
    'an install that was cut short': () => fs.rmSync(path.join(copy, 'node_modules/.package-lock.json')),
  }))
    it(`installs, once, when node_modules has ${what}`, () => {
      change();
      const bin = commands({ node: realNode, npm: npmInstalls });
      expect(run(bin).status).to.equal(0);
      expect(npmCalls()).to.have.length(1);
      expect(npmCalls()[0])
        .to.match(/^npm ci /)
        .and.include('--audit=false --fund=false');
      expect(run(bin).status).to.equal(0);
      expect(npmCalls()).to.have.length(1);
    });

  it('gives npm a cache of its own when there is no home to write to, and takes it away again', () => {
    fs.rmSync(path.join(copy, 'node_modules/.package-lock.json'));
    const bin = commands({
      node: realNode,
      npm: `${npmInstalls}; echo "cache $npm_config_cache" >> npm-calls`,
    });
    expect(run(bin, { home: '/nonexistent' }).status).to.equal(0);
    const cache = npmCalls()[1]?.replace('cache ', '') ?? '';
    expect(cache).to.include(folder.path);
    expect(fs.existsSync(cache)).to.equal(false);
  });

  it('stops with npm’s exit code when npm fails', () => {
    fs.rmSync(path.join(copy, 'node_modules/.package-lock.json'));
    const { status, lines } = run(commands({ node: realNode, npm: 'echo "npm error network" >&2; exit 9' }));
    expect(status).to.equal(1);
    expect(lines.join('\n')).to.include('npm error network').and.include('npm ci failed (exit code 9)');
  });

  for (const [what, stand, words] of [
    ['no Node', { npm: npmInstalls }, 'Node.js 20 or newer is needed and there is none'],
    ['an old Node', { npm: npmInstalls, node: 'echo 18' }, 'Node.js 20 or newer is needed, found 18'],
    ['no npm', { node: realNode }, 'npm is needed'],
  ] as const)
    it(`says in one line that there is ${what}`, () => {
      const { status, lines } = run(commands(stand));
      expect(status).to.equal(1);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include(words);
    });

  it('uses the system’s Node when npm has none for this machine, if that is new enough', () => {
    fs.rmSync(path.join(copy, 'node_modules/.bin/node'));
    expect(run(commands({ node: realNode, npm: npmInstalls })).status).to.equal(0);
    const old = run(
      commands({ npm: npmInstalls, node: 'case "$1" in -p) echo 22;; --version) echo v22.1.0;; esac' }),
    );
    expect(old.status).to.equal(1);
    expect(old.lines).to.have.length(1);
    expect(old.lines[0]).to.include('Node.js 24 is needed, found v22.1.0');
  });
});
