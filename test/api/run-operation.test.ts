// Protects: a file in, the result out, in one request; and a clear answer when that takes too long or fails.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { jobError } from '#shared/job/job-error.ts';
import { finishJob, madePng, takeJob } from '#test/support/finish-job.ts';
import { asBytes, openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { readZip } from '#test/support/read-zip.ts';

describe('POST /v1/run/{operation}', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi();
    account = await api.account();
  });
  afterEach(() => api.remove());

  const run = (fields: Readonly<Record<string, string>> = { width: '10' }, path = '/v1/run/resize-image') => {
    const request = asBytes(account.request('post', path));
    for (const [name, value] of Object.entries(fields)) void request.field(name, value);
    return request.attach('file', Buffer.from('bytes'), 'a.png');
  };

  it('200: answers the result itself', async () => {
    const [{ body, headers }] = await Promise.all([run().expect(200), finishJob(api.context)]);
    expect(body).to.deep.equal(madePng.content);
    expect(headers).to.include({
      'content-type': 'image/png',
      'content-length': String(madePng.content.length),
      'content-disposition': 'attachment; filename="small.png"',
      etag: `"${createHash('sha256').update(madePng.content).digest('hex')}"`,
      location: `/v1/jobs/${headers['x-job-id']}`,
    });
  });

  it('200: answers a zip of several results', async () => {
    const other = { ...madePng, content: Buffer.from('another') };
    const [{ body, headers }] = await Promise.all([
      run().expect(200),
      finishJob(api.context, madePng, other),
    ]);
    expect(headers['content-type']).to.equal('application/zip');
    expect((await readZip(body)).map(({ name }) => name)).to.deep.equal(['small.png', 'small (2).png']);
  });

  it('202: parts are params, read as the schema says', async () => {
    const { body } = await run({ width: '10', quality: '80', background: '#123' })
      .set('Prefer', 'respond-async')
      .expect(202);
    expect(body.steps[0].params).to.include({ width: 10, quality: 80, background: '#123' });
  });

  it('202: some params in JSON, others as parts', async () => {
    const { body } = await run({ params: '{"height":5}', width: '10' })
      .set('Prefer', 'respond-async')
      .expect(202);
    expect(body.steps[0].params).to.include({ width: 10, height: 5 });
  });

  it('202: the family may be named', async () => {
    const { headers } = await run({ width: '1' }, '/v1/run/image/resize-image')
      .set('Prefer', 'respond-async')
      .expect(202);
    expect(headers['preference-applied']).to.equal('respond-async');
  });

  it('202: when it takes longer than the wait', async () => {
    await api.remove();
    api = await openApi({ WAIT_SECONDS_MAX: '0' });
    account = await api.account();
    const { headers } = await run().expect(202);
    expect(headers['location']).to.equal(`/v1/jobs/${headers['x-job-id']}`);
    expect(headers['retry-after']).to.equal('1');
  });

  it('202: when the node drains while a client waits', async () => {
    const answer = run()
      .expect(202)
      .then((response) => response.body);
    const job = await takeJob(api.context);
    api.drain();
    expect((await answer).id).to.equal(job.stored.job.id);
  });

  it('422: a failed job, with its own error and the job', async () => {
    const answer = run()
      .expect(422)
      .then((response) => response.body);
    await (
      await takeJob(api.context)
    ).fail({ ...jobError('corrupt_file', { detail: 'It ends too early.' }), step: 0, input: 0 });
    const problem = await answer;
    expect(problem).to.include({
      code: 'corrupt_file',
      type: 'urn:millrace:error:corrupt_file',
      fault: 'input',
    });
    expect(problem.detail).to.equal('It ends too early.');
    expect(problem.job).to.include({ status: 'failed' });
    expect(problem.job.error).to.include({ step: 0, input: 0 });
    expect(problem.job.credits).to.deep.equal({ held: 0, charged: 0 });
  });

  it('422: also when it failed through no fault of the client', async () => {
    const answer = run()
      .expect(422)
      .then((response) => response.body);
    await (await takeJob(api.context)).fail(jobError('internal'));
    expect(await answer).to.include({ status: 422, code: 'internal', retryable: true });
  });

  it('409: a job that is canceled while a client waits', async () => {
    const answer = run()
      .expect(409)
      .then((response) => response.body);
    const { stored } = await takeJob(api.context);
    await account.request('post', `/v1/jobs/${stored.job.id}/cancel`).expect(200);
    expect((await answer).code).to.equal('job_not_succeeded');
  });

  it('400: an unknown operation, before the body', async () => {
    for (const path of [
      '/v1/run/make-coffee',
      '/v1/run/office/resize-image',
      '/v1/run/__proto__',
      '/v1/run/constructor',
    ])
      expect((await run({}, path).expect(400)).body.code).to.equal('unknown_operation');
    await api.expectNothingLeft();
  });

  it('400: a part that is no param of the operation, or a value of the wrong type', async () => {
    expect((await run({ width: '10', colour: 'red' }).expect(400)).body.detail).to.contain('colour');
    expect((await run({ width: '10px' }).expect(400)).body.detail).to.match(
      /^width: .*expected number.*found "10px"/,
    );
    expect((await run({ width: '' }).expect(400)).body.code).to.equal('invalid_params');
    expect((await run({ operation: 'resize-image', width: '1' }).expect(400)).body.code).to.equal(
      'bad_request',
    );
    await api.expectNothingLeft();
  });

  it('400: a param that is given twice', async () => {
    const { body } = await run({ params: '{"width":5}', width: '10' }).expect(400);
    expect(body).to.include({
      code: 'invalid_params',
      detail: 'width: given both as a part and in the part "params".',
    });
    await api.expectNothingLeft();
  });
});
