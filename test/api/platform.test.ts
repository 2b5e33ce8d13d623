// What the platform says about itself, and how a node leaves service.
import { expect } from 'chai';
import { openApi } from '#test/support/open-api.ts';
import type { TestApi } from '#test/support/open-api.ts';

describe('The platform’s own routes', () => {
  let api: TestApi;
  let answerGet: () => Promise<void>;

  beforeEach(async () => {
    answerGet = () => Promise.resolve();
    api = await openApi({}, (context) => ({
      ...context,
      // A store that is slow is slow in virtual time only.
      clock: { ...context.clock, sleep: (ms, signal) => context.clock.sleep(ms / 100, signal) },
      records: {
        ...context.records,
        get: async (partition, key) => {
          await answerGet();
          return context.records.get(partition, key);
        },
      },
    }));
  });
  afterEach(() => api.remove());

  it('GET /: points to where to begin', async () => {
    const { body } = await api.request('get', '/').expect(200);
    for (const path of [body.openapi, body.status, body.operations])
      await api.request('get', path).expect(200);
  });

  it('GET /livez: 200, whatever the store does', async () => {
    answerGet = () => Promise.reject(new Error('away'));
    await api.request('get', '/livez').expect(200);
    await api.request('head', '/livez').expect(200);
  });

  it('GET /readyz: 200 while the records answer', async () => {
    await api.request('get', '/readyz').expect(200);
  });

  it('GET /readyz: 503 when the records fail, or do not answer in time', async () => {
    answerGet = () => Promise.reject(new Error('away'));
    expect((await api.request('get', '/readyz').expect(503)).body.code).to.equal('unavailable');
    answerGet = () => new Promise(() => undefined);
    await api.request('get', '/readyz').expect(503);
    answerGet = () => Promise.resolve();
    await api.request('get', '/readyz').expect(200);
  });

  it('GET /readyz: 503 while draining; everything else goes on', async () => {
    api.drain();
    await api.request('get', '/readyz').expect(503);
    expect((await api.request('get', '/v1/status').expect(200)).body.draining).to.equal(true);
    await (await api.account()).request('get', '/v1/account').expect(200);
  });

  it('GET /v1/status: version, time, backend', async () => {
    const { body } = await api.request('get', '/v1/status').expect(200);
    expect(body).to.include({ backend: 'local', timeZone: 'UTC', draining: false });
    expect(body.version).to.match(/^\d+\.\d+\.\d+/);
    expect(Date.parse(body.time)).to.be.greaterThan(0);
  });
});
