// POST /v1/jobs
import type { RequestHandler } from 'express';
import { acceptJob } from '#api/submission/accept-job.ts';
import type { ApiContext } from '#api/api-context.ts';
import { jobUrl } from '#api/documents/job-document.ts';
import { parseSubmission } from '#api/submission/parse-submission.ts';
import { parseWaitMs } from '#api/submission/prefer.ts';
import { submissionParts } from '#api/schemas/submission-schema.ts';
import { sendAccepted, sendJob } from '#api/documents/send-job.ts';
import { waitForEnd } from '#api/submission/wait-for-end.ts';
import { isTerminal } from '#shared/job/job.ts';

/** 202 with the job and where to look; 200 with the job when it has ended. */
export function submitJob(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const { stored } = await acceptJob(context, request, response, {
      textParts: submissionParts,
      parse: parseSubmission,
    });
    const waitMs = parseWaitMs(context, request, response, 0);
    const { job } = waitMs > 0 ? await waitForEnd(context, response, stored.job, waitMs) : stored;
    // One that has ended was waited for, or is the same request's from before.
    if (!isTerminal(job.status)) return sendAccepted(context, response, job);
    response.setHeader('Location', jobUrl(job.id));
    sendJob(context, response, job);
  };
}
