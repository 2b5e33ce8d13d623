// Protects the first ten minutes with Millrace: one command that works, says what is wrong when it cannot, can be
// stopped, repeated and run twice, and leaves nothing running behind.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { ask } from '#test/support/ask.ts';
import { processesOn, runQuickstart, type QuickstartRun } from '#test/support/run-quickstart.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { until } from '#test/support/until.ts';

describe('quickstart', function () {
  this.timeout(240_000);
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let runs: QuickstartRun[];

  const run = (...args: string[]) => {
    const started = runQuickstart(...args);
    runs.push(started);
    return started;
  };
  const dataDir = (name: string) => path.join(folder.path, name);
  const accountIn = (dir: string) =>
    JSON.parse(fs.readFileSync(path.join(dir, 'quickstart.json'), 'utf8')) as {
      url: string;
      account: string;
      key: string;
    };

  beforeEach(() => {
    folder = makeTemporaryFolder("it's a folder");
    runs = [];
  });
  afterEach(async () => {
    await Promise.all(runs.map((each) => each.end('SIGKILL')));
    await until('nothing is left running', () => processesOn(folder.path).length === 0);
    folder.remove();
  });

  it('converts two files, ends with --once, and finds its account and jobs again', async () => {
    const dir = dataDir('data');
    const first = run('--once', '--port', '0', '--api', '1', '--workers', '1', '--data', dir);
    expect(await first.end(), first.complaints().join()).to.equal(0);
    expect(fs.readFileSync(path.join(dir, 'results/letter.pdf')).subarray(0, 5).toString()).to.equal('%PDF-');
    expect(fs.readFileSync(path.join(dir, 'results/photo.webp')).subarray(8, 12).toString()).to.equal('WEBP');
    expect(fs.statSync(path.join(dir, 'quickstart.json')).mode & 0o777).to.equal(0o600);
    expect(processesOn(folder.path)).to.deep.equal([]);
    const { account, key } = accountIn(dir);

    const second = run('--once', '--port', '0', '--data', dir);
    expect(await second.end(), second.complaints().join()).to.equal(0);
    expect(second.said()).to.include(`Account ${account} is still here, with 2 earlier jobs`);
    expect(accountIn(dir)).to.include({ account, key });
  });

  it('makes a new account when the platform does not know the old key', async () => {
    const dir = dataDir('data');
    fs.mkdirSync(dir);
    const stale = {
      url: 'http://127.0.0.1:1',
      account: '0'.repeat(32),
      key: `mr_live_${'0'.repeat(32)}_${'0'.repeat(16)}_${'0'.repeat(64)}`,
    };
    fs.writeFileSync(path.join(dir, 'quickstart.json'), JSON.stringify(stale));
    const renewed = run('--once', '--port', '0', '--api', '1', '--workers', '1', '--data', dir);
    expect(await renewed.end(), renewed.complaints().join()).to.equal(0);
    expect(accountIn(dir).key).to.not.equal(stale.key);
  });

  it('stays up; two run beside each other; what it says to paste works; Ctrl-C stops it', async () => {
    const one = run('--port', '0', '--api', '1', '--workers', '1', '--data', dataDir('one'));
    const two = run('--port', '0', '--api', '1', '--workers', '1', '--data', dataDir('two'));
    await Promise.all([one.untilReady(), two.untilReady()]);
    expect((await ask(`${accountIn(dataDir('one')).url}/livez`)).status).to.equal(200);
    expect((await ask(`${accountIn(dataDir('two')).url}/livez`)).status).to.equal(200);

    const pasted = /^ {2}curl [^]*?convert-to-pdf$/m.exec(one.said())?.[0] ?? 'false';
    execFileSync('sh', ['-c', pasted], { cwd: folder.path });
    expect(fs.readFileSync(path.join(folder.path, 'letter.pdf')).subarray(0, 5).toString()).to.equal('%PDF-');

    const again = run('--once', '--port', '0', '--data', dataDir('one'));
    expect(await again.end()).to.equal(1);
    expect(again.complaints()).to.have.length(1);
    expect(again.complaints()[0]).to.include('Another quickstart').and.to.include(dataDir('one'));

    const taken = new URL(accountIn(dataDir('two')).url).port;
    const onSamePort = run('--once', '--port', taken, '--data', dataDir('three'));
    expect(await onSamePort.end()).to.equal(1);
    expect(onSamePort.complaints()).to.deep.equal([
      `Port ${taken} is taken: choose another with --port (0 takes any that is free)`,
    ]);

    expect(await one.end('SIGINT')).to.equal(0);
    expect(processesOn(dataDir('one'))).to.deep.equal([]);
    expect(
      (await ask(`${accountIn(dataDir('two')).url}/livez`)).status,
      'the other one is not touched',
    ).to.equal(200);
    expect(await two.end('SIGTERM')).to.equal(0);
  });

  it('says that a port is taken, whoever has it, and starts nothing', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const refused = run('--once', '--port', String(port), '--data', dataDir('data'));
    expect(await refused.end()).to.equal(1);
    expect(refused.complaints()).to.deep.equal([
      `Port ${port} is taken: choose another with --port (0 takes any that is free)`,
    ]);
    server.close();
  });

  it('stops everything and says why when a process dies at the start', async () => {
    const dir = dataDir('data');
    fs.mkdirSync(dir);
    // A folder where the records should be: no process can open them.
    fs.mkdirSync(path.join(dir, 'records.sqlite'));
    const failed = run('--once', '--port', '0', '--data', dir);
    expect(await failed.end()).to.equal(1);
    expect(failed.complaints()).to.have.length(1);
    expect(failed.complaints()[0]).to.match(
      /^(api|worker)-\d ended with exit code \d+; its log: .*\.log; last error: .+/,
    );
  });

  it('tells of a process that dies later, starts it again, and goes on', async () => {
    const dir = dataDir('data');
    const up = run('--port', '0', '--api', '1', '--workers', '1', '--data', dir);
    await up.untilReady();
    const victim = processesOn(dir).find((pid) =>
      fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('api/main.ts'),
    );
    process.kill(victim as number, 'SIGKILL');
    await until('it says so', () =>
      up.complaints().some((line) => line.startsWith('api-1 was killed by SIGKILL; its log: ')),
    );
    const { url } = accountIn(dir);
    await until('the api answers again', async () => (await ask(`${url}/livez`)).status === 200);
    expect(await up.end('SIGINT')).to.equal(0);
  });

  it('leaves nothing running and no lock behind when it is killed itself, and the next start tidies up', async () => {
    const dir = dataDir('data');
    const killed = run('--port', '0', '--api', '1', '--workers', '1', '--data', dir);
    await killed.untilReady();
    expect(processesOn(dir)).to.not.deep.equal([]);
    const sockets = fs.readlinkSync(path.join(dir, 'sockets'));
    expect(await killed.end('SIGKILL')).to.equal('SIGKILL');
    await until('its processes are gone', () => processesOn(dir).length === 0);
    const next = run('--once', '--port', '0', '--api', '1', '--workers', '1', '--data', dir);
    expect(await next.end(), next.complaints().join()).to.equal(0);
    expect(fs.existsSync(sockets), 'what the killed one left').to.equal(false);
    expect(fs.existsSync(path.join(dir, 'sockets'))).to.equal(false);
  });

  it('can be interrupted while it starts', async () => {
    const early = run('--port', '0', '--data', dataDir('data'));
    await until('it starts processes', () => early.said().includes('Starting HAProxy'));
    expect(await early.end('SIGINT')).to.equal(130);
  });

  for (const [args, complaint] of [
    [['--port', 'http'], '--port: expected a whole number from 0 to 65535; found "http"'],
    [['--workers', '0'], '--workers: expected a whole number from 1 to 64; found "0"'],
    [['--backend', 'cloud'], '--backend: expected one of local; found "cloud"'],
    [['--verbose'], "Unknown option '--verbose'; see scripts/quickstart --help"],
    [['--data', '/etc/hostname/x'], '--data: cannot write to /etc/hostname/x'],
  ] as const)
    it(`refuses ${args.join(' ')} in one line`, async () => {
      const refused = run(...args);
      expect(await refused.end()).to.equal(1);
      expect(refused.complaints()).to.have.length(1);
      expect(refused.complaints()[0]).to.include(complaint);
    });

  it('explains itself', async () => {
    const helped = run('--help');
    expect(await helped.end()).to.equal(0);
    for (const option of ['--once', '--backend', '--api', '--workers', '--port', '--data', '--yes'])
      expect(helped.said()).to.include(option);
  });
});
