// Protects what HAProxy promises when api nodes come and go, with the real program: nothing is done twice behind a
// client's back, and a node that goes is not noticed.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { expect } from 'chai';
import { haproxyName } from '#scripts/platform/processes.ts';
import { ask } from '#test/support/ask.ts';
import { expectProblem } from '#test/support/expect-problem.ts';
import { holdAll, openStandIns, type Behaviour, type StandIns } from '#test/support/stand-in-nodes.ts';
import { until } from '#test/support/until.ts';

const jobs = '/v1/jobs';
const keyed = { 'Idempotency-Key': 'one' };

describe('haproxy, when nodes come and go', function () {
  this.timeout(60_000);
  let nodes: StandIns;
  afterEach(async () => await nodes.stop());

  // The first request to arrive at any node breaks off, as when the process is killed; the rest are answered.
  const breakFirst = (): Behaviour => {
    let broken = false;
    return (request, response, node) => {
      request.resume();
      request.once('end', () => {
        if (broken) return void response.end(JSON.stringify({ node }));
        broken = true;
        request.socket.destroy();
      });
    };
  };

  describe('when a node dies in mid-request', () => {
    beforeEach(async () => {
      nodes = await openStandIns();
      nodes.behave(breakFirst());
    });

    it('repeats a GET on the other node', async () => {
      const answer = await ask(`${nodes.url}${jobs}`);
      expect(answer.status).to.equal(200);
      expect(new Set(nodes.arrivals.map(({ node }) => node))).to.have.property('size', 2);
    });

    it('repeats a POST that carries an Idempotency-Key', async () => {
      const answer = await ask(`${nodes.url}${jobs}`, { method: 'POST', headers: keyed, body: '{}' });
      expect(answer.status).to.equal(200);
      expect(nodes.arrivals).to.have.length(2);
    });

    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH'])
      it(`never repeats a ${method} without one`, async () => {
        const answer = await ask(`${nodes.url}${jobs}`, { method, body: '{}' });
        expectProblem(answer, 502, { code: 'unavailable', retryable: true, fault: 'platform' });
        expect(answer.headers).to.have.property('retry-after');
        expect(nodes.arrivals).to.have.length(1);
      });

    it('does not repeat a DELETE because it carries an Idempotency-Key', async () => {
      await ask(`${nodes.url}${jobs}`, { method: 'DELETE', headers: keyed });
      expect(nodes.arrivals).to.have.length(1);
    });
  });

  it('does not repeat an answer of 503: the platform is busy and says so', async () => {
    nodes = await openStandIns();
    nodes.behave((_request, response) => void response.writeHead(503, { 'Retry-After': '7' }).end('busy'));
    const answer = await ask(`${nodes.url}${jobs}`, { method: 'POST', headers: keyed });
    expect([answer.status, answer.body.toString(), answer.headers['retry-after']]).to.deep.equal([
      503,
      'busy',
      '7',
    ]);
    expect(nodes.arrivals).to.have.length(1);
  });

  it('sends a request that no node can have seen to another, whatever it is', async () => {
    nodes = await openStandIns();
    nodes.close('api-1');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(`${nodes.url}${jobs}`, { method: 'POST', body: 'x' })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 20 }, () => 200));
    expect(new Set(nodes.arrivals.map(({ node }) => node))).to.deep.equal(new Set(['api-2']));
  });

  it('drains a node that says it is not ready: it ends what it has and gets nothing new', async () => {
    nodes = await openStandIns();
    const held = holdAll(nodes);
    // One after the other: HAProxy's threads may give two that come in the same instant to one node.
    const early = [ask(`${nodes.url}${jobs}`, { method: 'POST' })];
    await until('a node has one', () => nodes.arrivals.length === 1);
    early.push(ask(`${nodes.url}${jobs}`, { method: 'POST' }));
    await until('each node has one', () => new Set(nodes.arrivals.map(({ node }) => node)).size === 2);
    nodes.setReady('api-1', false);
    await nodes.untilNode('api-1', ({ status }) => status === 'DOWN');
    const later = Array.from({ length: 6 }, () => ask(`${nodes.url}${jobs}`, { method: 'POST' }));
    await until('all have arrived', () => nodes.arrivals.length === 8);
    for (const response of held) response.end('done');
    for (const answer of await Promise.all([...early, ...later]))
      expect(answer.body.toString()).to.equal('done');
    expect(nodes.arrivals.filter(({ node }) => node === 'api-1')).to.have.length(1);
    nodes.setReady('api-1', true);
    await nodes.untilNode('api-1', ({ status }) => status === 'UP');
  });

  it('asks the backup node only when no other is ready', async () => {
    nodes = await openStandIns({}, true);
    const nodeOf = async () => (await ask(`${nodes.url}${jobs}`)).json().node;
    for (let index = 0; index < 6; index += 1) expect(await nodeOf()).to.not.equal('api-backup');
    for (const name of ['api-1', 'api-2']) {
      nodes.setReady(name, false);
      await nodes.untilNode(name, ({ status }) => status === 'DOWN');
    }
    expect(await nodeOf()).to.equal('api-backup');
  });

  it('answers 503 with when to come back while no node is ready', async () => {
    nodes = await openStandIns();
    for (const name of ['api-1', 'api-2']) {
      nodes.setReady(name, false);
      await nodes.untilNode(name, ({ status }) => status === 'DOWN');
    }
    const answer = await ask(`${nodes.url}${jobs}`);
    expectProblem(answer, 503, { code: 'unavailable', retryable: true, fault: 'platform' });
    expect(Number(answer.headers['retry-after'])).to.be.greaterThan(0);
  });

  it('gives up on a silent node with 504, but not on a request that asked to wait', async () => {
    nodes = await openStandIns({ SILENCE_SECONDS: '1' });
    const held = holdAll(nodes);
    const patient = [
      ask(`${nodes.url}${jobs}`, { headers: { Prefer: 'respond-async, Wait=30' } }),
      ask(`${nodes.url}/v1/run/convert-to-pdf`, { method: 'POST' }),
    ];
    const hasty = await ask(`${nodes.url}${jobs}`, { method: 'POST', headers: keyed });
    expectProblem(hasty, 504, { code: 'unavailable', retryable: true, fault: 'platform' });
    for (const response of held) response.end('done');
    for (const answer of await Promise.all(patient)) expect(answer.status).to.equal(200);
    expect(nodes.arrivals, 'a silent request is not repeated').to.have.length(3);
  });

  it('reloads its configuration without failing a request', async () => {
    nodes = await openStandIns();
    const master = nodes.supervisor.pidOf(haproxyName) as number;
    const workers = () => childrenOf(master);
    const [before] = await until('the worker runs', () => (workers().length > 0 ? workers() : undefined));
    let reloaded = false;
    const statuses = new Set<number>();
    const load = Array.from({ length: 8 }, async () => {
      while (!reloaded)
        statuses.add((await ask(`${nodes.url}${jobs}`, { method: 'POST', body: 'x' })).status);
    });
    process.kill(master, 'SIGUSR2');
    await until('a new worker has replaced the old one', () => {
      const now = workers();
      return now.length === 1 && now[0] !== before;
    });
    reloaded = true;
    await Promise.all(load);
    expect([...statuses]).to.deep.equal([200]);
  });

  it('ends when it is told to, once those it serves are done', async () => {
    nodes = await openStandIns();
    const held = holdAll(nodes);
    const answer = ask(`${nodes.url}${jobs}`);
    await until('the request has arrived', () => held.length === 1);
    const stopped = nodes.supervisor.stop(haproxyName);
    await until('no connection is taken any more', () => refusesConnections(nodes.port));
    held[0]?.end('done');
    expect((await answer).body.toString()).to.equal('done');
    await stopped;
  });
});

function childrenOf(pid: number): number[] {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

async function refusesConnections(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
