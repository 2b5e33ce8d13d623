// Protects what HAProxy lets through and what it answers itself, with the real program: nothing a client says of itself
// reaches the api, and every answer is one that a client can act upon.
import fs from 'node:fs';
import { expect } from 'chai';
import { haproxyName } from '#scripts/platform/processes.ts';
import { ask, askRaw } from '#test/support/ask.ts';
import { expectProblem } from '#test/support/expect-problem.ts';
import { openStandIns, type StandIns } from '#test/support/stand-in-nodes.ts';
import { until } from '#test/support/until.ts';

const jobs = '/v1/jobs';

describe('haproxy, what it lets through and answers', function () {
  this.timeout(60_000);
  let nodes: StandIns;
  afterEach(async () => await nodes.stop());

  it('cuts off a client that sends its headers too slowly, with 408', async () => {
    nodes = await openStandIns({ HEADER_SECONDS: '1' });
    const answer = await askRaw(nodes.port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect(answer).to.match(/^HTTP\/1\.1 408 /);
    expect(nodes.arrivals).to.deep.equal([]);
  });

  it('refuses what announces more than the limit, before a node sees it', async () => {
    nodes = await openStandIns({ REQUEST_BYTES_MAX: '1000' });
    const tooLarge = await ask(`${nodes.url}${jobs}`, { method: 'POST', body: 'x'.repeat(1001) });
    expectProblem(tooLarge, 413, { code: 'payload_too_large', retryable: false, fault: 'input' });
    expect(nodes.arrivals).to.deep.equal([]);
    expect((await ask(`${nodes.url}${jobs}`, { method: 'POST', body: 'x'.repeat(1000) })).status).to.equal(
      200,
    );
  });

  it('answers 400 to what is not HTTP', async () => {
    nodes = await openStandIns();
    const answer = await askRaw(nodes.port, 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n');
    expect(answer).to.match(/^HTTP\/1\.1 400 /);
    expect(nodes.arrivals).to.deep.equal([]);
  });

  it('limits what one address may ask for when it is told to', async () => {
    nodes = await openStandIns({ REQUESTS_PER_10_SECONDS_MAX: '3' });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await ask(`${nodes.url}${jobs}`)).status);
    expect(statuses).to.deep.equal([200, 200, 200, 429]);
    const answer = await ask(`${nodes.url}${jobs}`);
    expectProblem(answer, 429, { code: 'rate_limited', retryable: true, fault: 'input' });
    expect(Number(answer.headers['retry-after'])).to.be.greaterThan(0);
  });

  describe('the request id', () => {
    beforeEach(async () => {
      nodes = await openStandIns();
    });
    const idFor = async (headers: Record<string, string | string[]>) => {
      const answer = await ask(`${nodes.url}${jobs}`, { headers });
      const seen = nodes.arrivals.at(-1)?.headers['x-request-id'];
      expect(answer.headers['x-request-id'], 'node and client get the same').to.equal(seen);
      return seen;
    };

    it('is the client’s own when it is sane', async () => {
      expect(await idFor({ 'X-Request-Id': 'client-0123.A_b' })).to.equal('client-0123.A_b');
    });

    for (const [name, headers] of Object.entries({
      empty: { 'X-Request-Id': '' },
      'too long': { 'X-Request-Id': 'a'.repeat(129) },
      'of odd characters': { 'X-Request-Id': 'abcdefgh"<b>' },
      'given twice': { 'X-Request-Id': ['first-0123', 'second-0123'] },
      absent: {},
    }))
      it(`is a new one when the client’s is ${name}`, async () => {
        expect(await idFor(headers)).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      });
  });

  it('hides what is only for machines inside, however it is spelled', async () => {
    nodes = await openStandIns();
    for (const path of [
      '/metrics',
      '/metrics/',
      '//metrics',
      '/METRICS',
      '/%6Detrics',
      '/metrics?x=1',
      '/./metrics',
      '/debug/x',
      '/internal',
    ])
      expectProblem(await ask(`${nodes.url}${path}`), 404, {
        code: 'not_found',
        retryable: false,
        fault: 'input',
      });
    expect(nodes.arrivals).to.deep.equal([]);
    expect((await ask(`${nodes.url}/v1/metrics-of-mine`)).status).to.equal(200);
  });

  it('tells the api who asks, and never what the client says of itself', async () => {
    nodes = await openStandIns();
    const lies = [
      'X-Forwarded-For',
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-Prefix',
      'Forwarded',
      'X-Real-IP',
    ];
    const hops = {
      TE: 'trailers',
      'Keep-Alive': 'timeout=5',
      'Proxy-Authorization': 'x',
      Proxy: 'http://x',
      X_Forwarded_For: 'x',
    };
    await ask(`${nodes.url}${jobs}`, {
      headers: { ...Object.fromEntries(lies.map((name) => [name, '6.6.6.6'])), ...hops },
    });
    const seen = nodes.arrivals[0]?.headers ?? {};
    expect(seen).to.include({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    expect(JSON.stringify(seen)).to.not.include('6.6.6.6');
    expect(seen).to.not.have.any.keys(
      'te',
      'keep-alive',
      'proxy-authorization',
      'proxy',
      'x_forwarded_for',
      'upgrade',
    );
    expect(seen.host).to.equal(`127.0.0.1:${nodes.port}`);
  });

  it('keeps keys and queries out of its log', async () => {
    nodes = await openStandIns();
    await ask(`${nodes.url}${jobs}?secret=in-the-query`, {
      headers: { Authorization: 'Bearer in-the-header' },
    });
    const log = () => fs.readFileSync(nodes.supervisor.logOf(haproxyName), 'utf8');
    const line = await until('the request is logged', () =>
      log()
        .split('\n')
        .find((text) => text.startsWith('{')),
    );
    expect(JSON.parse(line)).to.include({ method: 'GET', path: jobs, status: 200, client: '127.0.0.1' });
    expect(log()).to.not.include('in-the-');
  });

  it('passes bodies of unknown length, and large ones, both ways', async () => {
    nodes = await openStandIns();
    nodes.behave((request, response) => request.pipe(response));
    const body = Buffer.alloc(3_000_000, 'millrace ');
    const answer = await ask(`${nodes.url}${jobs}`, {
      method: 'POST',
      body,
      headers: { 'Transfer-Encoding': 'chunked' },
    });
    expect(answer.body.equals(body)).to.equal(true);
  });

  it('shows its state and its metrics to operators, at an address of their own', async () => {
    nodes = await openStandIns();
    expect((await ask(`${nodes.statsUrl}/`)).body.toString()).to.include('api-2');
    expect((await ask(`${nodes.statsUrl}/metrics`)).body.toString()).to.include(
      'haproxy_server_status{proxy="api"',
    );
  });
});
