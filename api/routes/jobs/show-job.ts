// GET /v1/jobs/{id}
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import { pathParam } from '#api/path-param.ts';
import { parseWaitMs } from '#api/submission/prefer.ts';
import { sendJob } from '#api/documents/send-job.ts';
import { waitForEnd } from '#api/submission/wait-for-end.ts';

/** 200 with the job as it is, or as it is once it has ended within the time the client prefers to wait. */
export function showJob(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const { account } = callerOf(request);
    const waitMs = parseWaitMs(context, request, response, 0);
    const { job } = await waitForEnd(context, response, { account, id: pathParam(request, 'id') }, waitMs);
    sendJob(context, response, job);
  };
}
