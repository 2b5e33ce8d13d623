// GET and HEAD /v1/jobs/{id}/results.zip
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import { pathParam } from '#api/path-param.ts';
import { readSucceeded } from '#api/results/read-results.ts';
import { sendZip } from '#api/results/send-zip.ts';

export function downloadResultsZip(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const job = await readSucceeded(context, callerOf(request).account, pathParam(request, 'id'));
    await sendZip(context, response, job);
  };
}
