// A file of a gibibyte goes up, and another comes down, through an api process that never holds either: its memory stays
// bounded whatever the size of a file.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import { registerAccount } from '#shared/account/register-account.ts';
import { jobSchema } from '#api/schemas/job-schema.ts';
import type { JobDocument } from '#api/schemas/job-schema.ts';
import { resultPath } from '#shared/job/job-folder.ts';
import { settleJob } from '#shared/job/settle-job.ts';
import { peakMemoryOf, startApi } from '#test/support/api-process.ts';
import type { ApiProcess } from '#test/support/api-process.ts';
import { takeJob } from '#test/support/finish-job.ts';
import { boundary, multipart, multipartType, operationPart, paramsPart } from '#test/support/multipart.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';

const mebibyte = 1024 * 1024;
const fileBytes = 1024 * mebibyte;
const memoryBytesMax = 200 * 1000 * 1000;

/** As many bytes as asked for, none of them kept. */
function* generate(bytes: number): Generator<Buffer, void> {
  for (let left = bytes; left > 0; left -= mebibyte)
    yield Buffer.alloc(Math.min(mebibyte, left), left & 0xff);
}

async function sha256Of(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

function* uploadBody(): Generator<Buffer, void> {
  const tail = multipart(operationPart, paramsPart);
  yield Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.png"\r\n\r\n`,
  );
  yield* generate(fileBytes);
  yield Buffer.concat([Buffer.from('\r\n'), tail]);
}

describe('A file of one gibibyte', function () {
  this.timeout(120_000);
  let test: TestContext;
  let api: ApiProcess;
  let key: string;

  before(async () => {
    test = await openTestContext();
    key = (await registerAccount(test.context)).key.value;
    api = await startApi({ DATA_DIR: test.context.config.dataDir });
  });
  after(async () => {
    await api.stop();
    await test.remove();
  });

  const send = async (
    method: string,
    path: string,
    headers: http.OutgoingHttpHeaders,
    body: Iterable<Buffer> = [],
  ) => {
    const request = http.request(`${api.address}${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, ...headers },
      agent: false,
    });
    const answered = once(request, 'response');
    await pipeline(Readable.from(body), request);
    const [response] = (await answered) as [http.IncomingMessage];
    return response;
  };

  let job: JobDocument;

  it('goes up', async () => {
    const response = await send('POST', '/v1/jobs', { 'Content-Type': multipartType }, uploadBody());
    job = jobSchema.parse(await json(response));
    expect(job.inputs[0]).to.deep.equal({
      name: 'large.png',
      bytes: fileBytes,
      sha256: await sha256Of(generate(fileBytes)),
    });
    expect(peakMemoryOf(api.child)).to.be.below(memoryBytesMax);
  });

  it('comes down', async () => {
    const { stored } = await takeJob(test.context);
    const path = resultPath(stored.job.folder, stored.job.claim?.id ?? '', 0);
    await test.context.blobs.write(path, Readable.from(generate(fileBytes)));
    const sha256 = await sha256Of(generate(fileBytes));
    const result = { name: 'large.png', mediaType: 'image/png', bytes: fileBytes, sha256 };
    await settleJob(test.context, stored, { status: 'succeeded', results: [result], warnings: [] });

    const response = await send('GET', `/v1/jobs/${job.id}/results/0`, {});
    expect(response.statusCode).to.equal(200);
    expect(await sha256Of(response as AsyncIterable<Buffer>)).to.equal(sha256);
    const zip = await send('GET', `/v1/jobs/${job.id}/results.zip`, {});
    let zipBytes = 0;
    for await (const chunk of zip as AsyncIterable<Buffer>) zipBytes += chunk.length;
    expect(zipBytes).to.equal(Number(zip.headers['content-length']));
    expect(peakMemoryOf(api.child)).to.be.below(memoryBytesMax);
  });

  it('leaves the rest alone when a client reads nothing of it', async () => {
    const response = await send('GET', `/v1/jobs/${job.id}/results/0`, {});
    await once(response, 'readable');
    const status = await send('GET', '/v1/status', {});
    expect(status.statusCode).to.equal(200);
    status.resume();
    response.destroy();
    expect(peakMemoryOf(api.child)).to.be.below(memoryBytesMax);
  });
});
