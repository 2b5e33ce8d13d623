// Protects operators: .env.example tells the truth, a wrong configuration is told in full and at once, and no secret
// is ever part of a message.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ConfigError, parseConfig, secretVariables, variables, type Environment } from '#shared/config.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

const secret = 'a-secret-of-decent-length';

function problemsOf(environment: Environment): string[] {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('needs nothing to be set', () => {
    const config = parseConfig({});
    expect(config).to.deep.include({
      backend: 'local',
      drivers: { queue: 'sqlite', blobs: 'files', records: 'sqlite' },
      listen: { host: '127.0.0.1', port: 8080, socket: undefined },
      registration: { mode: 'closed', invites: [] },
      metricsPort: undefined,
    });
    expect(config.worker.slots.documents).to.equal(os.availableParallelism());
  });

  it('makes folders absolute, so that a process may change its own', () => {
    expect(parseConfig({ DATA_DIR: 'here', SCRATCH_DIR: 'there' })).to.deep.include({
      dataDir: path.resolve('here'),
    });
    expect(parseConfig({ SCRATCH_DIR: 'there' }).worker.scratchDir).to.equal(path.resolve('there'));
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(variables.map((name) => [name, '']));
    expect(parseConfig(empty)).to.deep.equal(parseConfig({}));
  });

  it('ignores variables of others', () => {
    expect(parseConfig({ PATH: '/bin', HOSTNAME: 'x', API_1: 'y' })).to.deep.equal(parseConfig({}));
  });

  it('reads lists and numbers', () => {
    const config = parseConfig({ WORKER_LANES: ' images , ', LEASE_SECONDS: '7', JOB_TTL_SECONDS: '60' });
    expect(config.worker.lanes).to.deep.equal(['images']);
    expect(config.jobs).to.include({ leaseSeconds: 7, ttlSeconds: 60 });
  });

  it('replaces single drivers of a backend', () => {
    expect(parseConfig({ BLOBS: 'files' }).drivers).to.deep.equal(parseConfig({}).drivers);
    expect(problemsOf({ BLOBS: 'floppy' })).to.have.length(1);
  });

  it('reports every problem at once: the variable, what was expected, what was found', () => {
    const problems = problemsOf({
      PORT: '70000',
      LEASE_SECONDS: 'soon',
      BACKEND: 'cloud',
      WORKER_LANES: 'images,tapes',
    });
    const expected: readonly [name: string, expectation: RegExp, found: string][] = [
      ['PORT', /65535/, '"70000"'],
      ['LEASE_SECONDS', /number/, '"soon"'],
      ['BACKEND', /local/, '"cloud"'],
      ['WORKER_LANES', /documents.*images/, '"images,tapes"'],
    ];
    expect(problems).to.have.length(expected.length);
    for (const [name, expectation, found] of expected) {
      const problem = problems.find((line) => line.startsWith(`${name}: `)) ?? `no problem about ${name}`;
      expect(problem).to.match(expectation).and.include(found);
    }
  });

  for (const value of ['0', '-5', '1.5', '1e99', 'NaN', 'Infinity', '12 monkeys'])
    it(`refuses ${value} seconds of lease`, () => {
      expect(problemsOf({ LEASE_SECONDS: value })).to.not.deep.equal([]);
    });

  describe('open registration', () => {
    const open = { REGISTRATION: 'open' };
    it('is for loopback only', () => {
      for (const environment of [
        {},
        { HOST: '::1' },
        { HOST: 'localhost', EDGE_HOST: '127.1.2.3' },
        { SOCKET: '/s' },
      ])
        expect(problemsOf({ ...open, ...environment })).to.deep.equal([]);
    });
    it('is refused when anything listens to the world', () => {
      for (const environment of [
        { HOST: '0.0.0.0' },
        { HOST: '::' },
        { EDGE_HOST: '0.0.0.0' },
        { HOST: '0.0.0.0', EDGE_HOST: '127.0.0.1' },
        { SOCKET: '/s', EDGE_HOST: '10.0.0.1' },
        { HOST: '127.0.0.1.example.org' },
      ])
        expect(problemsOf({ ...open, ...environment }).join(), JSON.stringify(environment)).to.include(
          'loopback',
        );
    });
  });

  it('tells of contradictions', () => {
    expect(problemsOf({ REGISTRATION: 'invite' }).join()).to.include('INVITE_TOKENS');
    expect(problemsOf({ FILE_BYTES_MAX: '100', REQUEST_BYTES_MAX: '99' }).join()).to.include(
      'FILE_BYTES_MAX',
    );
  });

  describe('secrets', () => {
    let folder: ReturnType<typeof makeTemporaryFolder>;
    beforeEach(() => {
      folder = makeTemporaryFolder();
    });
    afterEach(() => folder.remove());
    const write = (content: string) => {
      const file = path.join(folder.path, 'secret');
      fs.writeFileSync(file, content);
      return file;
    };
    const invite = { REGISTRATION: 'invite' };

    it('may come from a file', () => {
      const config = parseConfig({ ...invite, INVITE_TOKENS_FILE: write(`${secret},another-${secret}\n`) });
      expect(config.registration.invites).to.deep.equal([secret, `another-${secret}`]);
    });

    it('come from one place only', () => {
      const problems = problemsOf({ ...invite, INVITE_TOKENS: secret, INVITE_TOKENS_FILE: write(secret) });
      expect(problems.join()).to.include('INVITE_TOKENS_FILE');
    });

    it('are missed when their file is missing, and the file is named', () => {
      const file = path.join(folder.path, 'absent');
      expect(problemsOf({ ...invite, INVITE_TOKENS_FILE: file }).join()).to.include(file);
    });

    it('are never shown, whatever is wrong with them', () => {
      const short = 'tiny-secret';
      for (const environment of [
        { ...invite, INVITE_TOKENS: short },
        { ...invite, INVITE_TOKENS_FILE: write(short) },
        { INVITE_TOKENS: short, PORT: 'x' },
        { INVITE_TOKENS: short, INVITE_TOKENS_FILE: write(short) },
      ]) {
        const problems = problemsOf(environment);
        expect(problems).to.not.deep.equal([]);
        expect(problems.join()).to.not.include(short);
      }
    });
  });
});

describe('.env.example', () => {
  const lines = fs.readFileSync(path.join(import.meta.dirname, '../../../.env.example'), 'utf8').split('\n');
  const settings = lines.flatMap((line, index) => {
    const [, name, value] = /^# ([A-Z][A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined
      ? []
      : [{ name, value, description: lines[index - 1] ?? '' }];
  });

  it('lists every variable once, and no other', () => {
    expect(settings.map(({ name }) => name).toSorted()).to.deep.equal([...variables].toSorted());
  });

  it('describes each', () => {
    for (const { name, description } of settings) expect(description, name).to.match(/^# .*\.$/);
  });

  it('gives the defaults', () => {
    const environment = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(parseConfig(environment)).to.deep.equal(parseConfig({}));
    const limits = settings.filter(({ value }) => /^\d+$/.test(value));
    for (const { name, value } of limits) {
      const other = { ...environment, [name]: String(Number(value) + 1) };
      expect(settle(other), `${name} is not what it changes`).to.not.equal(settle({}));
    }
  });

  it('sets nothing by itself and names the files of secrets', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).to.deep.equal([]);
    for (const name of secretVariables) expect(lines.join('\n')).to.include(`${name}_FILE`);
  });
});

function settle(environment: Environment): string {
  const problems = problemsOf(environment);
  return problems.length > 0 ? problems.join() : JSON.stringify(parseConfig(environment));
}
