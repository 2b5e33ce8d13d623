// Protects: a job is accepted as it was asked for, billed, and announced with where to look.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import { finishJob, takeJob } from '#test/support/finish-job.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { until } from '#test/support/until.ts';

describe('POST /v1/jobs', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi({ FILE_BYTES_MAX: '1000', REQUEST_BYTES_MAX: '4000', INPUTS_MAX: '3' });
    account = await api.account();
  });
  afterEach(() => api.remove());

  const submit = (fields: Readonly<Record<string, string>>, ...files: readonly (string | Buffer)[]) => {
    const request = account.request('post', '/v1/jobs');
    for (const [name, value] of Object.entries(fields)) void request.field(name, value);
    for (const [index, file] of files.entries())
      void request.attach('file', Buffer.from(file), `${index}.png`);
    return request;
  };
  const resize = { operation: 'resize-image', params: '{"width":10}' };

  /** The refusal kept nothing: no blob, no message, no credit. */
  const expectRefusal = async (answer: { readonly status: number; readonly body: unknown }, code: string) => {
    expect(answer.body).to.include({ code });
    await api.expectNothingLeft();
    expect((await readBalance(api.context, account.id)).held).to.equal(0);
  };

  it('202: accepts operation and params, holds the price and says where to look', async () => {
    const { body, headers } = await submit(resize, 'bytes').expect(202);
    expect(headers['location']).to.equal(`/v1/jobs/${body.id}`);
    expect(headers['retry-after']).to.equal('1');
    expect(body).to.deep.include({
      status: 'queued',
      steps: [{ operation: 'resize-image', params: { width: 10, fit: 'cover', metadata: 'strip' } }],
      inputs: [{ name: '0.png', bytes: 5, sha256: createHash('sha256').update('bytes').digest('hex') }],
      results: [],
      error: null,
      credits: { held: 1, charged: 0 },
      startedAt: null,
      finishedAt: null,
    });
    expect(body).to.not.have.property('position');
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).to.equal(86_400_000);
    expect((await readBalance(api.context, account.id)).held).to.equal(1);
  });

  it('202: accepts several steps and a time to live in the part "job"', async () => {
    const steps = [
      { operation: 'resize-image', params: { width: 10 } },
      { operation: 'convert-image', params: { format: 'webp' } },
    ];
    const { body } = await submit({ job: JSON.stringify({ steps, ttlSeconds: 600 }) }, 'bytes').expect(202);
    expect(body.steps).to.have.length(2);
    expect(body.credits.held).to.equal(2);
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).to.equal(600_000);
  });

  it('202: a time to live beyond the limit is cut to it', async () => {
    const job = { steps: [{ operation: 'resize-image', params: { width: 10 } }], ttlSeconds: 86_400 * 20 };
    const { body } = await submit({ job: JSON.stringify(job) }, 'bytes').expect(202);
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).to.equal(86_400_000);
  });

  it('202: keeps the order of the files', async () => {
    const { body } = await submit(resize, 'a', 'bb', 'ccc').expect(202);
    expect(body.inputs.map((input: { bytes: number }) => input.bytes)).to.deep.equal([1, 2, 3]);
  });

  it('200: waits for the end when the client prefers to', async () => {
    const [{ body, headers }] = await Promise.all([
      submit(resize, 'bytes').set('Prefer', 'wait=10').expect(200),
      finishJob(api.context),
    ]);
    expect(body.status).to.equal('succeeded');
    expect(body.credits).to.deep.equal({ held: 0, charged: 1 });
    expect(headers['preference-applied']).to.equal('wait=10');
  });

  it('202: stops waiting when the node drains, and the job goes on', async () => {
    const answer = submit(resize, 'bytes').set('Prefer', 'wait=50').expect(202);
    // A promise of supertest sends nothing before it is asked for its answer.
    const answered = answer.then((response) => response.body);
    const job = await takeJob(api.context);
    api.drain();
    expect((await answered).status).to.be.oneOf(['queued', 'running']);
    await job.succeed();
  });

  it('202: the limit on waiting is applied and said', async () => {
    await api.remove();
    api = await openApi({ WAIT_SECONDS_MAX: '0' });
    account = await api.account();
    const { headers } = await submit(resize, 'bytes').set('Prefer', 'respond-async;x, wait=600').expect(202);
    expect(headers['preference-applied']).to.equal('wait=0');
  });

  it('400: neither or both of "operation" and "job"', async () => {
    await expectRefusal(await submit({}, 'bytes').expect(400), 'bad_request');
    const both = { ...resize, job: '{"steps":[{"operation":"resize-image"}]}' };
    await expectRefusal(await submit(both, 'bytes').expect(400), 'bad_request');
  });

  it('400: no file, or an empty one', async () => {
    await expectRefusal(await submit(resize).expect(400), 'missing_file');
    await expectRefusal(await submit(resize, 'a', '').expect(400), 'empty_file');
  });

  it('400: an unknown operation, naming those there are', async () => {
    const answer = await submit({ operation: 'make-coffee' }, 'bytes').expect(400);
    expect(answer.body.hint).to.contain('resize-image');
    await expectRefusal(answer, 'unknown_operation');
  });

  for (const [params, expected] of [
    ['{"width":"ten"}', /^width: .*expected number.*; found "ten"$/],
    ['{"width":0}', /^width: .*>=1; found 0$/],
    ['{"width":10,"fit":"sideways"}', /^fit: .*"cover".*; found "sideways"$/],
    ['{"width":10,"colour":"red"}', /colour/],
    ['{}', /^width: give width, height or both$/],
  ] as const) {
    it(`400: params ${params}, saying which, what was expected and what was found`, async () => {
      const answer = await submit({ ...resize, params }, 'bytes').expect(400);
      expect(answer.body.detail).to.match(expected);
      await expectRefusal(answer, 'invalid_params');
    });
  }

  for (const params of [
    '{',
    '[1]',
    '"text"',
    'null',
    '{"width":10,"__proto__":{"height":5}}',
    '['.repeat(1500),
  ]) {
    it(`400: params that are no plain JSON object: ${params.slice(0, 20)}`, async () => {
      await expectRefusal(await submit({ ...resize, params }, 'bytes').expect(400), 'bad_request');
    });
  }

  it('400: a part "job" with members that nobody knows', async () => {
    const job = JSON.stringify({ steps: [{ operation: 'resize-image', params: { width: 1 } }], priority: 9 });
    const answer = await submit({ job }, 'bytes').expect(400);
    expect(answer.body.detail).to.contain('priority');
    await expectRefusal(answer, 'bad_request');
  });

  it('400: steps of which one does not take what the one before makes', async () => {
    const steps = [{ operation: 'convert-to-pdf' }, { operation: 'resize-image', params: { width: 10 } }];
    await expectRefusal(
      await submit({ job: JSON.stringify({ steps }) }, 'bytes').expect(400),
      'invalid_params',
    );
  });

  it('402: credits that do not cover the price', async () => {
    await api.remove();
    api = await openApi({ MONTHLY_ALLOWANCE_CREDITS: '1' });
    account = await api.account();
    await submit(resize, 'a').expect(202);
    const answer = await submit(resize, 'b').expect(402);
    expect(answer.body).to.include({ code: 'insufficient_credits' });
    expect(await api.blobPaths()).to.have.length(2);
  });

  it('402: an account without credits is told before it uploads', async () => {
    await api.remove();
    api = await openApi({ MONTHLY_ALLOWANCE_CREDITS: '0' });
    account = await api.account();
    await expectRefusal(await submit(resize, 'bytes').expect(402), 'insufficient_credits');
  });

  it('413: a file, a request or a number of files beyond the limit', async () => {
    await expectRefusal(await submit(resize, Buffer.alloc(1001)).expect(413), 'payload_too_large');
    await expectRefusal(await submit(resize, Buffer.alloc(5000)).expect(413), 'payload_too_large');
    await expectRefusal(await submit(resize, 'a', 'b', 'c', 'd').expect(413), 'payload_too_large');
    await submit(resize, Buffer.alloc(1000)).expect(202);
  });

  it('415: anything but multipart, saying what to send', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      const answer = await account.request('post', '/v1/jobs').type(type).send('{}').expect(415);
      expect(answer.body.hint).to.contain('multipart/form-data');
    }
    await account.request('post', '/v1/jobs').expect(415);
    await api.expectNothingLeft();
  });

  it('503: tells the client not to be sure when the store does not say whether it has accepted', async () => {
    await api.remove();
    let broken = false;
    api = await openApi({}, (context) => ({
      ...context,
      records: {
        ...context.records,
        commit: (partition, writes) =>
          broken
            ? Promise.reject(new Error('disk on fire at /secret'))
            : context.records.commit(partition, writes),
      },
    }));
    account = await api.account();
    broken = true;
    const answer = await submit(resize, 'bytes').expect(503);
    expect(answer.body.code).to.equal('unavailable');
    expect(JSON.stringify(answer.body)).to.not.contain('secret');
    // Nobody knows: so nothing is deleted.
    expect(await api.blobPaths()).to.have.length(2);
  });

  it('a client that hangs up while it waits does not cancel its job', async () => {
    const request = submit(resize, 'bytes').set('Prefer', 'wait=50');
    request.end(() => undefined);
    const job = await takeJob(api.context);
    request.abort();
    await job.succeed();
    const { body } = await account.request('get', `/v1/jobs/${job.stored.job.id}`).expect(200);
    expect(body.status).to.equal('succeeded');
    await until('the wait is over', async () => (await readBalance(api.context, account.id)).held === 0);
  });
});
