// POST /v1/jobs
import type { RequestHandler } from 'express';
import { acceptJob } from '#api/accept-job.ts';
import type { ApiContext } from '#api/api-context.ts';
import { jobUrl } from '#api/job-document.ts';
import { parseSubmission } from '#api/parse-submission.ts';
import { parseWaitMs } from '#api/prefer.ts';
import { submissionParts } from '#api/schemas/submission-schema.ts';
import { sendAccepted, sendJob } from '#api/send-job.ts';
import { waitForEnd } from '#api/wait-for-end.ts';
import { isTerminal } from '#shared/job/job.ts';

/** 202 with the job and where to look; 200 with the ended job when the client prefers to wait and it ends in time. */
export function submitJob(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const { stored } = await acceptJob(context, request, response, {
      textParts: submissionParts,
      parse: parseSubmission,
    });
    const waitMs = parseWaitMs(context, request, response, 0);
    const { job } = waitMs > 0 ? await waitForEnd(context, response, stored.job, waitMs) : stored;
    if (waitMs === 0 || !isTerminal(job.status)) return sendAccepted(context, response, job);
    response.setHeader('Location', jobUrl(job.id));
    sendJob(context, response, job);
  };
}
