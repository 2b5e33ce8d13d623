// Protects: an account finds all its jobs, page by page, newest first, and nobody else’s.
import { expect } from 'chai';
import { finishJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { submitOverHttp } from '#test/support/submit-over-http.ts';

describe('GET /v1/jobs', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
  });
  afterEach(() => api.remove());

  const list = async (query = '') => (await account.request('get', `/v1/jobs${query}`).expect(200)).body;
  const ids = (page: { readonly items: readonly { readonly id: string }[] }) =>
    page.items.map(({ id }) => id);
  const submitSome = async (count: number) => {
    const newestFirst: string[] = [];
    for (let made = 0; made < count; made += 1) {
      newestFirst.unshift((await submitOverHttp(account)).id);
      // Jobs of one millisecond have no order among themselves.
      api.advance(1);
    }
    return newestFirst;
  };

  it('200: an account without jobs has an empty list', async () => {
    expect(await list()).to.deep.equal({ items: [], next: null });
  });

  it('200: newest first, in pages that miss nothing and repeat nothing', async () => {
    const made = await submitSome(5);
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.items.length).to.be.at.most(2);
      found.push(...ids(page));
      cursor = page.next;
    }
    expect(found).to.deep.equal(made);
    expect((await list('?limit=5')).next).to.equal(null);
  });

  it('200: by status, as it is shown', async () => {
    const [newest, oldest] = await submitSome(2);
    await finishJob(api.context);
    expect(ids(await list('?status=queued'))).to.deep.equal([newest]);
    expect(ids(await list('?status=succeeded'))).to.deep.equal([oldest]);
    expect(ids(await list('?status=failed'))).to.deep.equal([]);
    api.advance(86_400_001);
    expect(ids(await list('?status=succeeded'))).to.deep.equal([]);
    expect(ids(await list('?status=expired'))).to.deep.equal([oldest]);
  });

  it('200: deleted jobs are left out', async () => {
    const [newest, oldest] = await submitSome(2);
    await finishJob(api.context);
    await account.request('delete', `/v1/jobs/${oldest}`).expect(204);
    expect(ids(await list())).to.deep.equal([newest]);
  });

  for (const query of [
    'limit=0',
    'limit=101',
    'limit=two',
    'status=void',
    'status=done',
    'cursor=x',
    'page=2',
    'limit=1&limit=2',
  ])
    it(`400: ${query}`, async () => {
      const { body } = await account.request('get', `/v1/jobs?${query}`).expect(400);
      expect(body.detail).to.contain(query.split('=')[0]);
    });
});
