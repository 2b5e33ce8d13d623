// Protects: several results arrive as one archive that every program opens, each under a name of its own.
import { expect } from 'chai';
import { finishJob, madePng } from '#test/support/finish-job.ts';
import { asBytes, openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { readZip } from '#test/support/read-zip.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';

const content = Buffer.from('0123456789');
const result = { name: 'digits.txt', mediaType: 'text/plain', content };

describe('GET /v1/jobs/{id}/results.zip', () => {
  let api: TestApi;
  let account: TestAccount;
  let id: string;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
    ({ id } = await submitOverHttp(account));
  });
  afterEach(() => api.remove());

  const download = () => asBytes(account.request('get', `/v1/jobs/${id}/results.zip`));

  it('200: every result, whole, of a length that was said before', async () => {
    const others = Array.from({ length: 5 }, (_, index) => ({
      ...madePng,
      content: Buffer.alloc(70_000 + index, index),
    }));
    await finishJob(api.context, result, ...others);
    const { body, headers } = await download().expect(200);
    expect(headers).to.include({
      'content-type': 'application/zip',
      'content-length': String(body.length),
      'content-disposition': `attachment; filename="${id}.zip"`,
    });
    const entries = await readZip(body);
    expect(entries[0]).to.deep.equal({ name: 'digits.txt', content });
    for (const [index, other] of others.entries())
      expect(entries[index + 1]?.content.equals(other.content)).to.equal(true);
  });

  it('200: names are safe and no two alike, even where case does not count', async () => {
    const names = [
      'a.png',
      'a.png',
      'A.PNG',
      'a (2).png',
      '../../../etc/passwd',
      'ünï.png',
      'noextension',
      'noextension',
    ];
    await finishJob(api.context, ...names.map((name) => ({ ...madePng, name })));
    const found = (await readZip((await download().expect(200)).body)).map(({ name }) => name);
    expect(found).to.deep.equal([
      'a.png',
      'a (2).png',
      'A (3).PNG',
      'a (2) (2).png',
      'passwd',
      'ünï.png',
      'noextension',
      'noextension (2)',
    ]);
  });

  it('200: HEAD says how long it is', async () => {
    await finishJob(api.context, result);
    const { headers } = await account.request('head', `/v1/jobs/${id}/results.zip`).expect(200);
    expect(Number(headers['content-length'])).to.equal((await download().expect(200)).body.length);
  });

  it('409 and 410: as for a single result', async () => {
    await download().expect(409);
    await finishJob(api.context, result);
    api.advance(86_400_001);
    await download().expect(410);
  });
});
