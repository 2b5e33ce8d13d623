// Idempotency-Key on submitting: whatever goes wrong between client and server, one request makes one job.
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import { finishJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';

describe('Idempotency-Key', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
  });
  afterEach(() => api.remove());

  const submit = (key: string, { width = 10, bytes = 'bytes', name = 'a.png', by = account } = {}) =>
    by
      .request('post', '/v1/jobs')
      .set('Idempotency-Key', key)
      .field('operation', 'resize-image')
      .field('params', JSON.stringify({ width }))
      .attach('file', Buffer.from(bytes), name);

  it('202: a repeated request is the same job, and its second upload goes', async () => {
    const first = await submit('key').expect(202);
    expect(first.headers).to.not.have.property('idempotency-replayed');
    const blobs = await api.blobPaths();
    const again = await submit('key').expect(202);
    expect(again.headers['idempotency-replayed']).to.equal('true');
    expect(again.body).to.deep.equal(first.body);
    expect(await api.blobPaths()).to.deep.equal(blobs);
    expect((await readBalance(api.context, account.id)).held).to.equal(1);
  });

  it('202: twenty equal requests at once are one job', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit('key').expect(202)));
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).to.have.length(1);
    expect((await readBalance(api.context, account.id)).held).to.equal(1);
    expect(await api.blobPaths()).to.have.length(2);
    expect(await api.context.queue.depth('images')).to.equal(1);
  });

  it('422: other params, other bytes or another name under the same key', async () => {
    await submit('key').expect(202);
    for (const other of [{ width: 11 }, { bytes: 'others' }, { name: 'b.png' }]) {
      const { body } = await submit('key', other).expect(422);
      expect(body.code).to.equal('idempotency_mismatch');
    }
    expect(await api.blobPaths()).to.have.length(2);
  });

  it('202: another account may use the same key', async () => {
    const first = await submit('key').expect(202);
    const second = await submit('key', { by: await api.account() }).expect(202);
    expect(second.body.id).to.not.equal(first.body.id);
  });

  it('202: a repeated request that spent the last credits is not refused for having none', async () => {
    await api.remove();
    api = await openApi({ MONTHLY_ALLOWANCE_CREDITS: '1' });
    account = await api.account();
    const first = await submit('key').expect(202);
    expect((await submit('key').expect(202)).body.id).to.equal(first.body.id);
    await submit('another').expect(402);
  });

  it('410: after the job was deleted, and never a new job', async () => {
    const { body } = await submit('key').expect(202);
    await finishJob(api.context);
    await account.request('delete', `/v1/jobs/${body.id}`).expect(204);
    expect((await submit('key').expect(410)).body.code).to.equal('job_deleted');
  });

  it('200: a repeated run answers the result of the first', async () => {
    const run = () =>
      account
        .request('post', '/v1/run/resize-image')
        .set('Idempotency-Key', 'key')
        .field('width', '10')
        .attach('file', Buffer.from('bytes'), 'a.png');
    const [first] = await Promise.all([run().expect(200), finishJob(api.context)]);
    const again = await run().expect(200);
    expect(again.headers['idempotency-replayed']).to.equal('true');
    expect(again.headers['x-job-id']).to.equal(first.headers['x-job-id']);
    expect(again.body).to.deep.equal(first.body);
  });

  it('400: a key of another form', async () => {
    await submit('with space').expect(400);
    await api.expectNothingLeft();
  });
});
