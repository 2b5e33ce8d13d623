// Protects: an upload that stands still or takes too long ends, and leaves nothing.
import { PassThrough, Readable } from 'node:stream';
import type { Request } from 'express';
import { expect } from 'chai';
import { receiveUpload } from '#api/submission/receive-upload.ts';
import type { UploadRules } from '#api/submission/receive-upload.ts';
import type { BlobStore } from '#shared/blobs/blob-store.ts';
import { AppError } from '#shared/errors.ts';
import { closing, filePart, multipart, multipartType } from '#test/support/multipart.ts';
import { openTestContext } from '#test/support/open-test-context.ts';
import type { TestContext } from '#test/support/open-test-context.ts';
import { rejection } from '#test/support/rejection.ts';

describe('receiveUpload', () => {
  let test: TestContext;
  beforeEach(async () => {
    test = await openTestContext();
  });
  afterEach(() => test.remove());

  const rules: UploadRules = {
    inputsFolder: 'a/2026112016/b/c',
    textParts: new Set(['params']),
    fileBytesMax: 1e6,
    requestBytesMax: 1e6,
    inputsMax: 2,
    transferMsMax: 60_000,
  };
  /** A request whose body a test writes. */
  const openRequest = () =>
    Object.assign(new PassThrough(), {
      headers: { 'content-type': multipartType },
    }) as unknown as PassThrough & Request;
  const body = multipart(filePart, { ...filePart, content: 'x'.repeat(1000) });

  it('ends an upload that stands still, in the middle of a file too', async () => {
    for (const sent of [0, 10, body.length - 600]) {
      const request = openRequest();
      request.write(body.subarray(0, sent));
      const error = await rejection(receiveUpload(test.context.blobs, request, { ...rules, idleMs: 20 }));
      expect(error).to.be.instanceOf(AppError).that.includes({ code: 'request_timeout', status: 408 });
      // Left open, so that the client can be told.
      expect(request.destroyed).to.equal(false);
    }
  });

  it('ends an upload that goes on and on, however busily', async () => {
    const request = openRequest();
    request.write(body.subarray(0, 300));
    const drip = setInterval(() => request.write('x'), 1);
    try {
      const error = await rejection(
        receiveUpload(test.context.blobs, request, { ...rules, transferMsMax: 30 }),
      );
      expect(error).to.be.instanceOf(AppError).that.includes({ code: 'request_timeout' });
    } finally {
      clearInterval(drip);
    }
  });

  it('passes on what the store says, and stops reading', async () => {
    const request = openRequest();
    request.write(body);
    const broken = { ...test.context.blobs, write: () => Promise.reject(new Error('no space left')) };
    const error = await rejection(receiveUpload(broken, request, rules));
    expect(error).to.be.instanceOf(Error).that.has.property('message', 'no space left');
  });

  it('reads no faster than the store writes', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const chunks = 200;
    let read = 0;
    function* long(): Generator<Buffer, void> {
      yield multipart(filePart).subarray(0, -closing.length - 4);
      for (; read < chunks; read += 1) yield chunk;
      yield Buffer.concat([Buffer.from('\r\n'), closing]);
    }
    const request = Object.assign(Readable.from(long()), { headers: { 'content-type': multipartType } });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const stalled: BlobStore = {
      ...test.context.blobs,
      write: async (path, source) => {
        await released;
        return test.context.blobs.write(path, source);
      },
    };
    const received = receiveUpload(stalled, request as unknown as Request, {
      ...rules,
      fileBytesMax: 1e9,
      requestBytesMax: 1e9,
    });
    for (let turns = 0; turns < chunks * 5; turns += 1) await new Promise(setImmediate);
    expect(read).to.be.below(20);
    release();
    expect((await received).inputs[0]?.bytes).to.be.at.least(chunks * chunk.length);
  });

  it('answers names, lengths and hashes in the order of the files, however long each takes to store', async () => {
    const request = openRequest();
    request.end(body);
    const { inputs } = await receiveUpload(test.context.blobs, request, rules);
    expect(inputs.map(({ bytes }) => bytes)).to.deep.equal([10, 1000]);
    expect(await test.blobPaths()).to.deep.equal([
      `${rules.inputsFolder}/in/0`,
      `${rules.inputsFolder}/in/1`,
    ]);
  });
});
