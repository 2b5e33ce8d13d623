// Multipart as nobody's library sends it: parts in any order, byte by byte, cut off, too much of everything, hostile
// names. Whatever is refused leaves nothing behind.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { readBalance } from '#shared/account/read-account.ts';
import { jobSchema } from '#api/schemas/job-schema.ts';
import type { JobDocument } from '#api/schemas/job-schema.ts';
import { ask } from '#test/support/ask.ts';
import type { Answer } from '#test/support/ask.ts';
import {
  boundary,
  closing,
  filePart,
  multipart,
  multipartType,
  operationPart,
  paramsPart,
} from '#test/support/multipart.ts';
import type { Part } from '#test/support/multipart.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestAccount, TestApi } from '#test/support/open-api.ts';
import { until } from '#test/support/until.ts';

describe('Uploads', () => {
  let api: TestApi;
  let account: TestAccount;

  beforeEach(async () => {
    api = await openApi({ FILE_BYTES_MAX: '100000', REQUEST_BYTES_MAX: '300000', INPUTS_MAX: '5' });
    account = await api.account();
  });
  afterEach(() => api.remove());

  const headers = () => ({ Authorization: `Bearer ${account.key}`, 'Content-Type': multipartType });
  const send = (body: Buffer): Promise<Answer> =>
    ask(`${api.url}/v1/jobs`, {
      method: 'POST',
      headers: { ...headers(), 'Content-Length': body.length },
      body,
    });
  const sendParts = (...parts: readonly Part[]) => send(multipart(...parts));

  const expectAccepted = (answer: Answer): JobDocument => {
    expect(answer.status, answer.body.toString()).to.equal(202);
    return jobSchema.parse(answer.json());
  };
  const expectRefused = async (answer: Answer, status: number, code: string) => {
    expect(answer.json(), answer.body.toString()).to.include({ status, code });
    expect(answer.status).to.equal(status);
    await expectNothing();
  };
  const expectNothing = async () => {
    await api.expectNothingLeft();
    expect((await readBalance(api.context, account.id)).held).to.equal(0);
  };

  it('takes the parts in any order', async () => {
    const parts = [operationPart, paramsPart, filePart];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const job = expectAccepted(await sendParts(...order.map((index) => parts[index] as Part)));
      expect(job.steps[0]?.params).to.include({ width: 10 });
      expect(job.inputs).to.have.length(1);
    }
  });

  it('takes JSON parts that a browser sends as files', async () => {
    const blob = { ...paramsPart, fileName: 'blob', mediaType: 'application/json' };
    expect(expectAccepted(await sendParts(operationPart, blob, filePart)).steps[0]?.params).to.include({
      width: 10,
    });
  });

  it('takes a body one byte at a time, chunked', async () => {
    const request = http.request(`${api.url}/v1/jobs`, { method: 'POST', headers: headers(), agent: false });
    request.setNoDelay(true);
    const answered = once(request, 'response');
    for (const byte of multipart(operationPart, paramsPart, filePart)) {
      if (!request.write(Buffer.from([byte]))) await once(request, 'drain');
      await new Promise(setImmediate);
    }
    request.end();
    const [response] = (await answered) as [http.IncomingMessage];
    const job = jobSchema.parse(JSON.parse(await text(response)));
    expect(job.inputs[0]).to.include({ bytes: 10, name: 'photo.png' });
  });

  it('keeps what looks like a boundary inside a file', async () => {
    const content = `--${boundary.slice(0, -1)}\r\n\r\n--\r\n--${boundary}`.slice(0, -1);
    const job = expectAccepted(await sendParts(operationPart, paramsPart, { ...filePart, content }));
    expect(job.inputs[0]?.bytes).to.equal(content.length);
  });

  it('ignores what comes before the first and after the last boundary', async () => {
    const body = Buffer.concat([
      Buffer.from('preamble\r\n'),
      multipart(operationPart, paramsPart, filePart),
      Buffer.from('epilogue'),
    ]);
    expectAccepted(await send(body));
  });

  for (const [given, kept] of [
    ['../../etc/passwd', 'passwd'],
    ['C:\\\\Users\\\\me\\\\photo.png', 'photo.png'],
    ['..', 'file'],
    ['', 'file'],
    ['/', 'file'],
    ['résumé 履歴書 📄.png', 'résumé 履歴書 📄.png'],
    ['e\u0301.png', 'é.png'],
    ['evil\u202egnp.exe', 'evilgnp.exe'],
    ['tab\there\u0007.png', 'tabhere.png'],
    ['-rf.png', '-rf.png'],
    [`${'x'.repeat(300)}.png`, `${'x'.repeat(251)}.png`],
  ] as const) {
    it(`names a file ${JSON.stringify(given.slice(0, 30))} ${JSON.stringify(kept.slice(0, 30))}`, async () => {
      const job = expectAccepted(
        await sendParts(operationPart, paramsPart, { ...filePart, fileName: given }),
      );
      expect(job.inputs[0]?.name).to.equal(kept);
    });
  }

  it('400: a part that nobody knows, naming it', async () => {
    const answer = await sendParts(operationPart, filePart, {
      name: 'callback',
      content: 'http://example.com',
    });
    expect(answer.json()['detail']).to.contain('callback');
    await expectRefused(answer, 400, 'bad_request');
    await expectRefused(await sendParts(filePart, { name: '__proto__', content: '1' }), 400, 'bad_request');
    await expectRefused(await sendParts(filePart, { content: 'nameless' }), 400, 'bad_request');
  });

  it('400: a part that comes twice', async () => {
    await expectRefused(await sendParts(operationPart, operationPart, filePart), 400, 'bad_request');
  });

  it('400: a key in the body', async () => {
    const answer = await sendParts(filePart, { name: 'access_token', content: account.key });
    expect(answer.body.toString()).to.not.contain(account.key);
    await expectRefused(answer, 400, 'token_in_url');
  });

  it('400: thousands of parts end at the first that is too many', async () => {
    const parts = Array.from({ length: 3000 }, (_, index) => ({ name: `field-${index}`, content: 'x' }));
    await expectRefused(await sendParts(filePart, ...parts), 400, 'bad_request');
    const files = Array.from({ length: 1000 }, () => filePart);
    await expectRefused(await sendParts(operationPart, ...files), 413, 'payload_too_large');
  });

  it('413: a text part that is too long', async () => {
    const params = { ...paramsPart, content: `{"width":${' '.repeat(70_000)}1}` };
    await expectRefused(await sendParts(operationPart, params, filePart), 413, 'payload_too_large');
  });

  it('400: a body that ends before its closing boundary', async () => {
    const whole = multipart(operationPart, paramsPart, filePart);
    for (const length of [whole.length - 5, whole.length - 30, 150, 20, 1, 0])
      await expectRefused(await send(whole.subarray(0, length)), 400, 'upload_incomplete');
    await expectRefused(await send(Buffer.from('{"not":"multipart"}')), 400, 'upload_incomplete');
  });

  it('400: a Content-Type without a boundary, or with one that is too long', async () => {
    for (const parameter of ['', '; boundary=', '; boundary=""', `; boundary=${'x'.repeat(300)}`]) {
      const answer = await ask(`${api.url}/v1/jobs`, {
        method: 'POST',
        headers: { ...headers(), 'Content-Type': `multipart/form-data${parameter}`, 'Content-Length': 1 },
        body: 'x',
      });
      await expectRefused(answer, 400, 'bad_request');
    }
  });

  it('413: a chunked body is counted as it passes, and the client reads why', async () => {
    const request = http.request(`${api.url}/v1/jobs`, { method: 'POST', headers: headers(), agent: false });
    const answered = once(request, 'response');
    request.write(multipart(operationPart, paramsPart).subarray(0, -closing.length));
    // Far more than is allowed, without waiting for an answer.
    for (const name of ['a', 'b', 'c', 'd'])
      request.write(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${'x'.repeat(90_000)}\r\n`,
      );
    request.end();
    const [response] = (await answered) as [http.IncomingMessage];
    expect(response.statusCode).to.equal(413);
    expect(response.headers.connection).to.equal('close');
    expect(JSON.parse(await text(response))).to.include({
      code: 'payload_too_large',
      requestBytesMax: 300_000,
    });
    await expectNothing();
  });

  it('401 and 413 come before the body of a client that asks leave to send it', async () => {
    for (const [key, length, status] of [
      ['wrong', 10, 401],
      [account.key, 300_001, 413],
    ] as const) {
      const answer = await askLeave(api.port, key, length);
      expect(answer).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).to.contain('Connection: close');
    }
    await expectNothing();
  });

  it('a client that sends all of a long body before it reads gets to read why it was refused', async () => {
    const socket = net.connect(api.port, '127.0.0.1');
    const bytes = 8 * 1024 * 1024;
    socket.write(`POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).write(Buffer.alloc(bytes), () => resolve());
    });
    expect(await text(socket)).to.match(/^HTTP\/1.1 401 /);
  });

  it('gives leave to send a body that nothing speaks against', async () => {
    const body = multipart(operationPart, paramsPart, filePart);
    const request = http.request(`${api.url}/v1/jobs`, {
      method: 'POST',
      headers: { ...headers(), Expect: '100-continue', 'Content-Length': body.length },
      agent: false,
    });
    const answered = once(request, 'response');
    request.flushHeaders();
    await once(request, 'continue');
    request.end(body);
    const [response] = (await answered) as [http.IncomingMessage];
    expect(response.statusCode).to.equal(202);
    response.resume();
  });

  it('a client that breaks off in the middle leaves nothing behind', async () => {
    const request = http.request(`${api.url}/v1/jobs`, {
      method: 'POST',
      headers: { ...headers(), 'Content-Length': 90_000 },
      agent: false,
    });
    request.on('error', () => undefined);
    request.write(
      multipart(operationPart, paramsPart, filePart, { ...filePart, content: 'x'.repeat(50_000) }).subarray(
        0,
        40_000,
      ),
    );
    await until('the first file is stored', async () => (await api.blobPaths()).length > 0);
    request.destroy();
    await until('its inputs are gone', async () => (await api.blobPaths()).length === 0);
    await expectNothing();
  });
});

/** What the server says to headers that come with `Expect: 100-continue` and are followed by nothing. */
async function askLeave(port: number, key: string, length: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const lines = [
    'POST /v1/jobs HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${key}`,
    `Content-Type: ${multipartType}`,
    `Content-Length: ${length}`,
    'Expect: 100-continue',
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}
