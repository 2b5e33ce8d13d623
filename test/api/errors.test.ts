// Whatever a client sends, it gets a problem document that says what to do, and nothing of what is inside.
import { expect } from 'chai';
import { errorHints } from '#shared/error-hints.ts';
import { errorKinds } from '#shared/errors.ts';
import { askRaw } from '#test/support/ask.ts';
import { openApi } from '#test/support/open-api.ts';
import type { Method, TestApi } from '#test/support/open-api.ts';

describe('Errors', () => {
  let api: TestApi;
  before(async () => {
    api = await openApi({}, (context) => ({
      ...context,
      records: {
        ...context.records,
        list: () => Promise.reject(new TypeError('cannot read /var/lib/secret')),
      },
    }));
  });
  after(() => api.remove());

  it('every code has a title, a status and a hint', () => {
    for (const [code, kind] of Object.entries(errorKinds)) {
      expect(kind.title, code).to.match(/\.$/);
      expect(errorHints[code as keyof typeof errorHints], code).to.match(/\.$/);
    }
  });

  it('404: an unknown address', async () => {
    for (const path of [
      '/nope',
      '/v1',
      '/v1/',
      '/v2/jobs',
      '/v1/jobs/',
      '/V1/JOBS',
      '/v1/jobs/a/b/c/d',
      '//v1/jobs',
    ])
      expect((await api.request('get', path).expect(404)).body.code).to.equal('not_found');
  });

  it('400: an address that is not well-formed', async () => {
    expect((await api.request('get', '/v1/operations/%zz').expect(400)).body.code).to.equal('bad_request');
    expect((await api.request('get', '/v1/operations/%e0%a4').expect(400)).body.code).to.equal('bad_request');
  });

  for (const [method, path, allow] of [
    ['delete', '/v1/jobs', 'GET, HEAD, POST'],
    ['get', '/v1/register', 'POST'],
    ['post', '/v1/account', 'GET, HEAD'],
    ['put', `/v1/jobs/${'0'.repeat(32)}`, 'GET, HEAD, DELETE'],
    ['get', '/v1/run/resize-image', 'POST'],
  ] as [Method, string, string][])
    it(`405: ${method.toUpperCase()} ${path.slice(0, 20)}, saying what is allowed`, async () => {
      const { body, headers } = await api.request(method, path).expect(405);
      expect(headers['allow']).to.equal(allow);
      expect(body.code).to.equal('method_not_allowed');
    });

  it('500: an unexpected error tells nothing of itself', async () => {
    const account = await api.account();
    const { body } = await account.request('get', '/v1/jobs').expect(500);
    expect(body).to.include({ code: 'internal', retryable: true, fault: 'platform' });
    expect(JSON.stringify(body)).to.not.match(/secret|TypeError|\.ts/);
  });

  it('a request id is taken over if it is sane, and made otherwise', async () => {
    const given = async (id: string) =>
      (await api.request('get', '/livez').set('X-Request-Id', id)).headers['x-request-id'];
    expect(await given('abc-123.X_y')).to.equal('abc-123.X_y');
    for (const id of ['a b', 'x'.repeat(129), '<script>', 'a,b'])
      expect(await given(id)).to.match(/^[0-9a-f]{32}$/);
  });

  it('answers carry what keeps a browser from making something of them', async () => {
    const { headers } = await api.request('get', '/').expect(200);
    expect(headers).to.include({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(headers['content-security-policy']).to.contain("default-src 'none'");
    expect(headers).to.not.have.any.keys('x-powered-by', 'etag');
  });

  for (const [what, bytes, status] of [
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an address that is too long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /v1/register HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
  ] as const)
    it(`${status}: ${what}, as a problem too`, async () => {
      const answer = await askRaw(api.port, bytes);
      expect(answer).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).to.contain('application/problem+json');
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).to.include({
        status,
        code: status === 431 ? 'headers_too_large' : 'bad_request',
      });
    });
});
