// How an api process starts and stops: what it says when it cannot, and that nothing in flight is lost when it may no longer
// go on.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { json, text } from 'node:stream/consumers';
import { expect } from 'chai';
import { spawnApi, startApi } from '#test/support/api-process.ts';
import type { ApiProcess } from '#test/support/api-process.ts';
import { ask } from '#test/support/ask.ts';
import { filePart, multipart, multipartType, operationPart, paramsPart } from '#test/support/multipart.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

describe('The api process', function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let started: ApiProcess[];

  beforeEach(() => {
    folder = makeTemporaryFolder();
    started = [];
  });
  afterEach(async () => {
    for (const api of started)
      if (api.child.exitCode === null && api.child.signalCode === null) await api.stop('SIGKILL');
    folder.remove();
  });

  const start = async (environment: Readonly<Record<string, string>> = {}) => {
    const api = await startApi({ DATA_DIR: folder.path, ...environment });
    started.push(api);
    return api;
  };
  /** Runs one that cannot start; answers its exit code and what it says. */
  const failToStart = async (environment: Readonly<Record<string, string>>) => {
    const child = spawnApi({ DATA_DIR: folder.path, ...environment });
    const [said, [code]] = await Promise.all([
      text(child.stderr as NodeJS.ReadableStream),
      once(child, 'exit'),
    ]);
    return { code: code as unknown, said };
  };

  it('exits with 78 and names every variable that is wrong', async () => {
    const { code, said } = await failToStart({ PORT: 'eighty', INPUTS_MAX: '0' });
    expect(code).to.equal(78);
    expect(said)
      .to.match(/PORT: .*"eighty"/)
      .and.match(/INPUTS_MAX: .*"0"/);
    expect(said).to.not.contain('    at ');
  });

  it('exits with 1 and one line when its port is taken', async () => {
    const api = await start();
    const { code, said } = await failToStart({ PORT: new URL(api.address).port });
    expect(code).to.equal(1);
    expect(said).to.match(/^The api could not start.*EADDRINUSE.*\n$/);
  });

  it('listens on a unix socket: a stale file is replaced, a live one is not', async () => {
    const socket = path.join(folder.path, 'api.sock');
    const first = await start({ SOCKET: socket });
    expect((await failToStart({ SOCKET: socket })).said).to.contain('another process listens');
    expect(await first.stop('SIGKILL')).to.equal(null);
    expect(fs.existsSync(socket)).to.equal(true);

    const second = await start({ SOCKET: socket });
    const request = http.get({ socketPath: socket, path: '/readyz', agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(await json(response)).to.deep.equal({ status: 'ok' });
    expect(await second.stop()).to.equal(0);
    expect(fs.existsSync(socket)).to.equal(false);
  });

  it('leaves a file alone that is no socket', async () => {
    const file = path.join(folder.path, 'precious.txt');
    fs.writeFileSync(file, 'precious');
    expect((await failToStart({ SOCKET: file })).code).to.equal(1);
    expect(fs.readFileSync(file, 'utf8')).to.equal('precious');
  });

  it('finishes an upload that is in flight, waits for nobody else, and exits with 0', async () => {
    const api = await start();
    const registered = await ask(`${api.address}/v1/register`, { method: 'POST' });
    const { key } = registered.json() as { key: { value: string } };
    const headers = { Authorization: `Bearer ${key.value}`, 'Content-Type': multipartType };
    const body = multipart(operationPart, paramsPart, filePart);

    const waiting = http.request(`${api.address}/v1/jobs`, {
      method: 'POST',
      headers: { ...headers, Prefer: 'wait=60', 'X-Request-Id': 'waiting' },
      agent: false,
    });
    waiting.end(body);
    const slow = http.request(`${api.address}/v1/jobs`, {
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length, Expect: '100-continue' },
      agent: false,
    });
    slow.flushHeaders();
    // Its body is asked for: it is in flight.
    await once(slow, 'continue');
    slow.write(body.subarray(0, 100));
    const idle = net.connect(Number(new URL(api.address).port), '127.0.0.1');
    await once(idle, 'connect');

    const answers = Promise.all([once(waiting, 'response'), once(slow, 'response')]);
    const stopped = api.stop();
    await api.logged('draining');
    slow.end(body.subarray(100));
    for (const [response] of (await answers) as unknown as [http.IncomingMessage][]) {
      expect(response.statusCode).to.equal(202);
      response.resume();
    }
    expect(await stopped).to.equal(0);
    await api.logged('stopped');
    idle.destroy();
  });

  it('is no longer ready from the first signal on, and ends at once with the second', async () => {
    const api = await start({ READY_FALL_SECONDS: '60' });
    expect((await ask(`${api.address}/readyz`)).status).to.equal(200);
    const stopped = api.stop('SIGTERM');
    await api.logged('draining');
    expect((await ask(`${api.address}/readyz`)).status).to.equal(503);
    expect((await ask(`${api.address}/v1/status`)).status).to.equal(200);
    api.child.kill('SIGINT');
    expect(await stopped).to.equal(1);
  });

  it('serves metrics on loopback, apart from the api', async () => {
    const api = await start({ METRICS_PORT: '0' });
    await ask(`${api.address}/livez`);
    const listening = await api.logged('listening');
    const metrics = await ask(`http://127.0.0.1:${String(listening['metricsPort'])}/metrics`);
    expect(metrics.body.toString())
      .to.contain('route="/livez",status="200"')
      .and.contain('process_resident_memory_bytes');
    expect((await ask(`${api.address}/metrics`)).status).to.equal(404);
    expect(await api.stop()).to.equal(0);
  });
});
