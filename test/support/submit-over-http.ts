// A job by the public API, for tests of what comes after.
import type { JobDocument } from '#api/schemas/job-schema.ts';
import type { TestAccount } from './open-api.ts';

export async function submitOverHttp(account: TestAccount): Promise<JobDocument> {
  const { body } = await account
    .request('post', '/v1/jobs')
    .field('operation', 'resize-image')
    .field('params', '{"width":10}')
    .attach('file', Buffer.from('some bytes'), 'photo.png')
    .expect(202);
  return body as JobDocument;
}
