// Protects what quickstart and the end-to-end tests rely on: a death is told of in one clear line, restarts are
// bounded, stopping is ordered and final, and no child outlives its supervisor, however that one ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import {
  describeDeath,
  type ChildSpec,
  type Death,
  type RestartPolicy,
} from '#scripts/supervisor/child-spec.ts';
import { Supervisor } from '#scripts/supervisor/supervisor.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { isAlive, until } from '#test/support/until.ts';

const hasty: RestartPolicy = { delayMs: 1, delayMsMax: 4, steadyMs: 60_000, deathsMax: 3 };
const staysUp = 'setInterval(() => {}, 1000); console.log("up");';
const ignoresStop = `process.on('SIGTERM', () => {}); ${staysUp}`;

describe('supervisor', () => {
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let supervisor: Supervisor;
  let deaths: { death: Death; restartMs: number | undefined }[];

  const open = (restart: RestartPolicy | 'never') => {
    supervisor = new Supervisor({
      logDir: path.join(folder.path, 'logs'),
      restart,
      onDeath: (death, restartMs) => deaths.push({ death, restartMs }),
    });
    return supervisor;
  };
  const says = (name: string, words: string) =>
    until(`${name} says "${words}"`, () => fs.readFileSync(supervisor.logOf(name), 'utf8').includes(words));

  beforeEach(() => {
    folder = makeTemporaryFolder();
    deaths = [];
  });
  afterEach(async () => {
    await supervisor.killAll();
    folder.remove();
  });

  it('tells how a child died, where its log is and what it last complained of', async () => {
    const lines = [
      { level: 'info', msg: 'listening' },
      { level: 'error', msg: 'cannot open the queue', error: { message: 'disk full' } },
      { level: 'info', msg: 'bye' },
    ].map((line) => JSON.stringify(line));
    await open('never').start(
      program('api-1', `${lines.map((line) => `console.log('${line}');`).join('')} process.exit(3);`),
    );
    const { death, restartMs } = await until('the death is reported', () => deaths[0]);
    expect(restartMs).to.equal(undefined);
    expect(describeDeath(death)).to.equal(
      `api-1 ended with exit code 3; its log: ${folder.path}/logs/api-1.log; last error: cannot open the queue: disk full`,
    );
  });

  it('shows what a child printed that is no JSON, stack frames left out', async () => {
    await open('never').start(
      program('worker-1', 'throw Object.assign(new Error("no such lane"), { code: 7 });'),
    );
    const { death } = await until('the death is reported', () => deaths[0]);
    expect(death.lastError).to.equal('Error: no such lane');
  });

  it('shows the whole of a list of problems', async () => {
    await open('never').start(
      program(
        'api-1',
        'console.error("The configuration has 2 problem(s):\\n  A: x\\n  B: y"); process.exit(78);',
      ),
    );
    const { death } = await until('the death is reported', () => deaths[0]);
    expect(death.lastError).to.equal('The configuration has 2 problem(s): A: x; B: y');
  });

  it('does not blame a new death on an old line of the same log', async () => {
    open('never');
    await supervisor.start(program('api-1', 'console.error("old trouble"); process.exit(1);'));
    await until('the first death is reported', () => deaths[0]);
    await supervisor.start(program('api-1', staysUp));
    await until('it runs again', () => supervisor.pidOf('api-1'));
    await supervisor.signal('api-1', 'SIGKILL');
    expect(deaths[1]?.death).to.include({ name: 'api-1' });
    expect(deaths[1]?.death.lastError).to.not.equal('old trouble');
    expect(deaths[1]?.death.exit).to.deep.equal({ code: null, signal: 'SIGKILL' });
  });

  it('starts a child again, later each time, and gives it up after too many deaths in a row', async () => {
    await open(hasty).start(program('api-1', 'process.exit(1);'));
    await until('it is given up', () => deaths.some(({ restartMs }) => restartMs === undefined));
    expect(deaths.map(({ restartMs }) => restartMs)).to.deep.equal([1, 2, undefined]);
    expect(supervisor.pidOf('api-1')).to.equal(undefined);
  });

  it('starts a killed child again', async () => {
    await open(hasty).start(program('api-1', staysUp));
    const first = supervisor.pidOf('api-1');
    await supervisor.signal('api-1', 'SIGKILL');
    const second = await until('it runs again', () => supervisor.pidOf('api-1'));
    expect(second).to.not.equal(first);
  });

  it('stops without calling it a death; stop and start are safe twice', async () => {
    open(hasty);
    const spec = program('api-1', staysUp);
    await supervisor.start(spec);
    const pid = supervisor.pidOf('api-1');
    await supervisor.start(spec);
    expect(supervisor.pidOf('api-1')).to.equal(pid);
    await Promise.all([supervisor.stop('api-1'), supervisor.stop('api-1')]);
    await supervisor.stop('api-1');
    expect(supervisor.pidOf('api-1')).to.equal(undefined);
    expect(isAlive(pid as number)).to.equal(false);
    expect(deaths).to.deep.equal([]);
  });

  it('does not bring back a child that was stopped while it waited for its restart', async () => {
    open({ ...hasty, delayMs: 50, delayMsMax: 50 });
    await supervisor.start(program('api-1', 'process.exit(1);'));
    await until('the first death is reported', () => deaths[0]);
    await supervisor.stop('api-1');
    const other = program('other', 'setTimeout(() => process.exit(1), 200);');
    await supervisor.start(other);
    await until('four restart delays have passed', () => deaths.some(({ death }) => death.name === 'other'));
    expect(supervisor.pidOf('api-1')).to.equal(undefined);
  });

  it('kills the whole group of a child that does not stop in time', async () => {
    const nested = `const { spawn } = require('node:child_process');
      console.log('nested', spawn(process.execPath, ['-e', ${JSON.stringify(ignoresStop)}]).pid); ${ignoresStop}`;
    await open('never').start({ ...program('api-1', nested), stopSeconds: 0.1 });
    await says('api-1', 'up');
    const inner = Number(/nested (\d+)/.exec(fs.readFileSync(supervisor.logOf('api-1'), 'utf8'))?.[1]);
    const outer = supervisor.pidOf('api-1') as number;
    await supervisor.stop('api-1');
    await until('both are gone', () => !isRunning(inner) && !isRunning(outer));
  });

  it('stops group after group', async () => {
    const order = path.join(folder.path, 'order');
    const tells = (name: string) =>
      program(
        name,
        `process.on('SIGTERM', () => { fs.appendFileSync(${JSON.stringify(order)}, '${name} '); process.exit(); }); ${staysUp}`,
      );
    open('never');
    for (const name of ['worker', 'api', 'edge']) {
      await supervisor.start(tells(name));
      await says(name, 'up');
    }
    await supervisor.stopAll([['edge'], ['never-started'], ['api']]);
    expect(fs.readFileSync(order, 'utf8')).to.equal('edge api worker ');
  });

  it('leaves no child behind when it is killed itself', async () => {
    open('never');
    const script = `
      import { Supervisor } from '#scripts/supervisor/supervisor.ts';
      const supervisor = new Supervisor({ logDir: ${JSON.stringify(folder.path)}, restart: 'never' });
      await supervisor.start(${JSON.stringify(program('stubborn', ignoresStop))});
      console.log(supervisor.pidOf('stubborn'));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const child = Number(line);
    await until('the child is up', () =>
      fs.readFileSync(path.join(folder.path, 'stubborn.log'), 'utf8').includes('up'),
    );
    expect(isRunning(child)).to.equal(true);
    parent.kill('SIGKILL');
    await until('the child is gone', () => !isRunning(child));
  });
});

function program(name: string, code: string): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: ['-e', `const fs = require('node:fs'); ${code}`],
    env: { PATH: process.env.PATH ?? '' },
    stopSignal: 'SIGTERM',
    stopSeconds: 30,
  };
}

// A process whose parent does not wait for it stays in the table as a zombie: not alive, not running.
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
