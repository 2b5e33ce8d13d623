// Bodies damaged at random (from a fixed seed): each gets an answer that the document allows, none of them is an error of
// ours, and none that is refused leaves anything behind.
import { expect } from 'chai';
import fc from 'fast-check';
import { lanes } from '#shared/queue/job-queue.ts';
import { assertDocumented } from '#test/support/assert-documented.ts';
import { ask } from '#test/support/ask.ts';
import { filePart, multipart, multipartType, operationPart, paramsPart } from '#test/support/multipart.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestApi } from '#test/support/open-api.ts';

const whole = multipart(operationPart, paramsPart, filePart, { ...filePart, fileName: 'other.png' });

/** Cut, overwritten, repeated, or with something strange in the middle. */
const damaged = fc
  .record({
    at: fc.nat({ max: whole.length }),
    length: fc.nat({ max: 120 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom('\r\n', '--', '\r\n\r\n', '"', '\0', 'filename*=', '=?', ';', '\r', '\n')
        .map((text) => Buffer.from(text)),
    ),
    repeat: fc.boolean(),
    cut: fc.boolean(),
  })
  .map(({ at, length, insert, repeat, cut }) =>
    Buffer.concat([
      whole.subarray(0, at),
      insert,
      ...(repeat ? [whole.subarray(at, at + length)] : []),
      cut ? Buffer.alloc(0) : whole.subarray(repeat ? at : at + length),
    ]),
  );

describe('Damaged uploads', function () {
  this.timeout(60_000);
  let api: TestApi;
  before(async () => {
    api = await openApi();
  });
  after(() => api.remove());

  it('are answered, and leave nothing behind when refused', async () => {
    const account = await api.account();
    const headers = { Authorization: `Bearer ${account.key}`, 'Content-Type': multipartType };
    let accepted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async (body) => {
        const answer = await ask(`${api.url}/v1/jobs`, {
          method: 'POST',
          headers: { ...headers, 'Content-Length': body.length },
          body,
        });
        const { status } = answer;
        assertDocumented({
          method: 'POST',
          path: '/v1/jobs',
          status,
          headers: answer.headers,
          body: answer.json(),
        });
        expect(status, body.toString('latin1')).to.be.below(500);
        if (status === 202) accepted += 1;
        else refused += 1;
        const depths = await Promise.all(lanes.map((lane) => api.context.queue.depth(lane)));
        expect(depths.reduce((sum, depth) => sum + depth, 0)).to.equal(accepted);
      }),
      { seed: 20_261_120, numRuns: 300 },
    );
    expect(refused).to.be.greaterThan(0);
    // A request.json and one or two inputs for each job, and nothing for the rest.
    const paths = await api.blobPaths();
    expect(paths.filter((path) => path.endsWith('/request.json'))).to.have.length(accepted);
    expect(new Set(paths.map((path) => path.split('/')[3])).size).to.equal(accepted);
  });
});
