// DELETE /v1/jobs/{id}
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import { pathParam } from '#api/path-param.ts';
import { deleteJob as deleteStoredJob } from '#shared/job/delete-job.ts';

/** Erases an ended job's data now; doing it again changes nothing. */
export function deleteJob(context: ApiContext): RequestHandler {
  return async (request, response) => {
    await deleteStoredJob(context, callerOf(request).account, pathParam(request, 'id'));
    response.status(204).end();
  };
}
