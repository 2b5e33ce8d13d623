// Protects clients: an error that HAProxy makes has the words that the api would have used for it.
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { projectDir } from '#scripts/platform/processes.ts';
import { errorKinds, isErrorCode } from '#shared/errors.ts';

const folder = path.join(projectDir, 'haproxy/problems');
const files = fs.readdirSync(folder);

describe('problem documents of HAProxy', () => {
  for (const file of files)
    it(`${file} says what the api says of its code`, () => {
      const text = fs.readFileSync(path.join(folder, file), 'utf8');
      const problem = JSON.parse(text.slice(text.indexOf('{'))) as Record<string, unknown> & { code: string };
      if (!isErrorCode(problem.code)) throw new Error(`${problem.code} is not a code`);
      const { status, ...kind } = errorKinds[problem.code];
      expect(problem).to.include({ ...kind, type: `urn:millrace:error:${problem.code}` });
      expect(problem.status).to.equal(Number(path.parse(file).name));
      // A gateway has three ways to say that the service is not available.
      if (problem.code !== 'unavailable') expect(problem.status).to.equal(status);
      for (const member of ['detail', 'hint']) expect(problem[member]).to.be.a('string').and.not.equal('');
    });

  for (const file of files.filter((name) => name.endsWith('.http')))
    it(`${file} is a whole answer, with its true length`, () => {
      const [head = '', body = ''] = fs.readFileSync(path.join(folder, file), 'utf8').split('\r\n\r\n');
      expect(head).to.match(new RegExp(`^HTTP/1\\.1 ${path.parse(file).name} `));
      expect(head).to.include('Content-Type: application/problem+json\r\n');
      expect(head).to.include(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
    });

  it('are all used, and all there', () => {
    const cfg = fs.readFileSync(path.join(projectDir, 'haproxy/haproxy.cfg'), 'utf8');
    const used = [...cfg.matchAll(/problems\/(\S+)/g)].map(([, file = '']) => file);
    expect([...new Set(used)].toSorted()).to.deep.equal(files.toSorted());
  });
});
