// What a runner says decides what a client reads and what the worker opens: nothing odd may pass.
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseReply } from '#worker/sandbox/parse-reply.ts';

describe('replies of a runner', () => {
  const result = { index: 0, name: 'letter.pdf', mediaType: 'application/pdf' };
  const succeeded = (...results: unknown[]) => JSON.stringify({ type: 'succeeded', results, warnings: [] });

  it('are read as they are meant', () => {
    expect(parseReply('{"type":"ready"}')).to.deep.equal({ type: 'ready' });
    expect(parseReply(succeeded(result))).to.deep.include({ type: 'succeeded', results: [result] });
  });

  for (const [what, line] of Object.entries({
    'no JSON': 'hello',
    'no object': '7',
    'an unknown type': '{"type":"shutdown"}',
    'progress past the end': '{"type":"progress","progress":1.5}',
    'no results': succeeded(),
    'an index that skips': succeeded({ ...result, index: 1 }),
    'an index twice': succeeded(result, result),
    'a name that is a path': succeeded({ ...result, name: 'a/b' }),
    'a name with control characters': succeeded({ ...result, name: 'a\r\nb' }),
    'a name that is too long': succeeded({ ...result, name: 'a'.repeat(256) }),
    'a media type that is a header': succeeded({ ...result, mediaType: 'text/html\r\nX: y' }),
    'an error with an unknown code': '{"type":"failed","error":{"code":"toString"}}',
  })) {
    it(`are nothing with ${what}`, () => {
      expect(parseReply(line)).to.equal(undefined);
    });
  }

  it('cannot say whose fault an error is', () => {
    const line =
      '{"type":"failed","error":{"code":"corrupt_file","fault":"platform","retryable":true,"detail":"why"}}';
    expect(parseReply(line)).to.deep.equal({
      type: 'failed',
      error: {
        code: 'corrupt_file',
        fault: 'input',
        retryable: false,
        title: 'The file is damaged.',
        detail: 'why',
      },
    });
  });
});
