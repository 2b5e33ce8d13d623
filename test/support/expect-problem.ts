// An error answer of the platform, whoever made it: a problem document (RFC 9457) that a client can act upon.
import { expect } from 'chai';
import type { Answer } from './ask.ts';

export interface ProblemMembers {
  readonly code: string;
  readonly retryable: boolean;
  readonly fault: string;
}

export function expectProblem(answer: Answer, status: number, members: ProblemMembers): void {
  expect(answer.status).to.equal(status);
  expect(answer.headers['content-type']).to.equal('application/problem+json');
  const { requestId, ...problem } = answer.json();
  expect(problem).to.include({ status, type: `urn:millrace:error:${members.code}`, ...members });
  for (const member of ['title', 'detail', 'hint'])
    expect(problem[member]).to.be.a('string').and.not.equal('');
  expect(requestId).to.equal(answer.headers['x-request-id']);
}
