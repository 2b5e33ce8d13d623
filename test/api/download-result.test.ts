// Protects: a result arrives whole or in the part that was asked for, as what it is, and only while there is one.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { finishJob, takeJob } from '#test/support/finish-job.ts';
import { asBytes, openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';

const content = Buffer.from('0123456789');
const sha256 = createHash('sha256').update(content);
const digest = sha256.copy().digest('base64');
const etag = `"${sha256.digest('hex')}"`;
const result = { name: 'digits.txt', mediaType: 'text/plain', content };

describe('GET /v1/jobs/{id}/results/{index}', () => {
  let api: TestApi;
  let account: TestAccount;
  let id: string;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
    ({ id } = await submitOverHttp(account));
  });
  afterEach(() => api.remove());

  const download = (index: number | string = 0) =>
    asBytes(account.request('get', `/v1/jobs/${id}/results/${index}`));

  it('200: the bytes, and what they are', async () => {
    await finishJob(api.context, result);
    const { body, headers } = await download().expect(200);
    expect(body).to.deep.equal(content);
    expect(headers).to.include({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'content-disposition': 'attachment; filename="digits.txt"',
      'accept-ranges': 'bytes',
      'cache-control': 'private',
      'x-content-type-options': 'nosniff',
      'repr-digest': `sha-256=:${digest}:`,
      etag,
    });
  });

  it('200: HEAD says the same and sends nothing, whatever range is asked for', async () => {
    await finishJob(api.context, result);
    const path = `/v1/jobs/${id}/results/0`;
    const { headers, text } = await account.request('head', path).set('Range', 'bytes=0-1').expect(200);
    expect(headers).to.include({ 'content-length': '10', etag });
    expect(text ?? '').to.equal('');
  });

  it('200: an empty result', async () => {
    await finishJob(api.context, { ...result, content: Buffer.alloc(0) });
    const { body, headers } = await download().expect(200);
    expect(body).to.have.length(0);
    expect(headers['content-length']).to.equal('0');
    await download().set('Range', 'bytes=0-').expect(416);
  });

  for (const [range, bytes, contentRange] of [
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-', '456789', 'bytes 4-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
    ['bytes=9-9', '9', 'bytes 9-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
  ] as const)
    it(`206: ${range}`, async () => {
      await finishJob(api.context, result);
      const { body, headers } = await download().set('Range', range).expect(206);
      expect(body.toString()).to.equal(bytes);
      expect(headers).to.include({
        'content-range': contentRange,
        'content-length': String(bytes.length),
        etag,
      });
    });

  for (const range of ['bytes=10-', 'bytes=100-200', 'bytes=-0'])
    it(`416: ${range}`, async () => {
      await finishJob(api.context, result);
      const { body, headers } = await download().set('Range', range).expect(416);
      expect(headers['content-range']).to.equal('bytes */10');
      expect(body.code).to.equal('range_not_satisfiable');
    });

  for (const range of [
    'bytes=3-1',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=99999999999999999999-',
  ])
    it(`200: ${range} is ignored`, async () => {
      await finishJob(api.context, result);
      expect((await download().set('Range', range).expect(200)).body).to.deep.equal(content);
    });

  it('206 or 200: If-Range', async () => {
    await finishJob(api.context, result);
    const part = () => download().set('Range', 'bytes=0-1');
    await part().set('If-Range', etag).expect(206);
    await part().set('If-Range', `"another"`).expect(200);
    await part().set('If-Range', `W/${etag}`).expect(200);
    await part().set('If-Range', new Date().toUTCString()).expect(200);
  });

  it('304: If-None-Match', async () => {
    await finishJob(api.context, result);
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { body, headers } = await download().set('If-None-Match', tags).expect(304);
      expect(headers['etag']).to.equal(etag);
      expect(body).to.have.length(0);
    }
    await download().set('If-None-Match', '"other"').expect(200);
  });

  for (const [name, disposition] of [
    [
      'résumé 履歴.pdf',
      `attachment; filename="resume __.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%E5%B1%A5%E6%AD%B4.pdf`,
    ],
    [
      'a "quoted" \\ 100%.txt',
      `attachment; filename="a _quoted_ _ 100_.txt"; filename*=UTF-8''a%20%22quoted%22%20%5C%20100%25.txt`,
    ],
    [`it's (1)*.txt`, `attachment; filename="it's (1)*.txt"`],
    [
      'line\r\nSet-Cookie: a=b.txt',
      `attachment; filename="line__Set-Cookie: a=b.txt"; filename*=UTF-8''line%0D%0ASet-Cookie%3A%20a%3Db.txt`,
    ],
  ] as const)
    it(`names ${JSON.stringify(name)} so that every client can save it`, async () => {
      await finishJob(api.context, { ...result, name });
      const { headers } = await download().expect(200);
      expect(headers['content-disposition']).to.equal(disposition);
      expect(headers).to.not.have.property('set-cookie');
    });

  it('404: an index that is not there', async () => {
    await finishJob(api.context, result);
    for (const index of [1, -1, '00', '0x0', 'first', '1e0', '%30%30', '99999999999'])
      expect((await download(index).expect(404)).body.code).to.equal('result_not_found');
    await download('%30').expect(200);
  });

  it('409: a job in progress', async () => {
    const { body, headers } = await download().expect(409);
    expect(body.code).to.equal('job_not_finished');
    expect(headers['retry-after']).to.equal('1');
  });

  it('409: a job that failed or was canceled', async () => {
    await (await takeJob(api.context)).fail();
    expect((await download().expect(409)).body.code).to.equal('job_not_succeeded');
    ({ id } = await submitOverHttp(account));
    await account.request('post', `/v1/jobs/${id}/cancel`).expect(200);
    await download().expect(409);
  });

  it('410: an expired job, before cleanup has come by', async () => {
    await finishJob(api.context, result);
    api.advance(86_400_001);
    expect((await download().expect(410)).body.code).to.equal('job_expired');
  });

  it('500: bytes that are gone are our fault, and nothing is told of where they were', async () => {
    await finishJob(api.context, result);
    for (const path of await api.blobPaths()) await api.context.blobs.delete(path);
    const answer = await download().expect(500);
    const problem = answer.body;
    expect(problem.code).to.equal('internal');
    expect(problem.detail).to.equal(problem.title);
    expect(answer.headers).to.not.have.any.keys('etag', 'content-disposition', 'repr-digest');
  });
});
