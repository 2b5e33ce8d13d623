// POST /v1/jobs/{id}/cancel
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import { pathParam } from '#api/path-param.ts';
import { sendJob } from '#api/documents/send-job.ts';
import { cancelJob as cancelStoredJob } from '#shared/job/cancel-job.ts';

export function cancelJob(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const { job } = await cancelStoredJob(context, callerOf(request).account, pathParam(request, 'id'));
    sendJob(context, response, job);
  };
}
