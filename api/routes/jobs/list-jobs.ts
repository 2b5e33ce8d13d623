// GET /v1/jobs
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import { jobDocument } from '#api/documents/job-document.ts';
import { describeIssues } from '#api/submission/parse-submission.ts';
import { listQuerySchema } from '#api/schemas/job-schema.ts';
import { AppError } from '#shared/errors.ts';
import { listJobs as listStoredJobs } from '#shared/job/read-job.ts';

export function listJobs(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const parsed = listQuerySchema.safeParse(request.query);
    if (!parsed.success)
      throw new AppError('bad_request', { detail: `The query: ${describeIssues(parsed.error)}` });
    const { limit, cursor, status } = parsed.data;
    const { jobs, next } = await listStoredJobs(context, callerOf(request).account, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...(status === undefined ? {} : { status }),
    });
    const now = context.records.now();
    response.json({ items: jobs.map((job) => jobDocument(job, now)), next: next ?? null });
  };
}
