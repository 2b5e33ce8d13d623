// POST /v1/run/{operation}: a file in, the result out. A job like any other: it survives a client that hangs up, and a
// client that would wait too long is told where to look.
import type { RequestHandler, Response } from 'express';
import { acceptJob } from '#api/submission/accept-job.ts';
import type { ApiContext } from '#api/api-context.ts';
import { paramNames } from '#api/submission/coerce-params.ts';
import { jobDocument, jobUrl } from '#api/documents/job-document.ts';
import { requestIdOf } from '#api/observe-request.ts';
import { parseRun } from '#api/submission/parse-submission.ts';
import { pathParam } from '#api/path-param.ts';
import { parseWaitMs } from '#api/submission/prefer.ts';
import { problemOf, problemType, sendProblem } from '#api/problem.ts';
import { openResult } from '#api/results/read-results.ts';
import { setResultHeaders } from '#api/results/result-headers.ts';
import { sendAccepted } from '#api/documents/send-job.ts';
import { sendDownload } from '#api/results/send-download.ts';
import { sendZip } from '#api/results/send-zip.ts';
import { waitForEnd } from '#api/submission/wait-for-end.ts';
import { AppError } from '#shared/errors.ts';
import type { Job } from '#shared/job/job.ts';
import { isTerminal, shownStatus } from '#shared/job/job.ts';
import { operationFor } from '#shared/job/plan-job.ts';

/** 200 with the result (a zip of several), 202 when it takes longer than the wait, 422 when the job failed. */
export function runOperation(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const family = request.params['family'] === undefined ? '' : `${pathParam(request, 'family')}/`;
    const operation = operationFor(family + pathParam(request, 'operation'));
    const { stored } = await acceptJob(context, request, response, {
      textParts: ['params', ...paramNames(operation)],
      parse: (texts) => parseRun(operation, texts),
    });
    const waitMs = parseWaitMs(context, request, response, context.config.limits.waitSecondsMax);
    const { job } = await waitForEnd(context, response, stored.job, waitMs);
    response.setHeader('X-Job-Id', job.id);
    if (waitMs === 0 || !isTerminal(job.status)) return sendAccepted(context, response, job);
    response.setHeader('Location', jobUrl(job.id));
    await sendOutcome(context, response, job);
  };
}

async function sendOutcome(context: ApiContext, response: Response, job: Job): Promise<void> {
  const status = shownStatus(job, context.records.now());
  const [only] = job.results;
  if (status === 'expired') throw new AppError('job_expired', { detail: `The job ${job.id} has expired.` });
  if (status === 'failed') return sendFailed(context, response, job);
  if (status !== 'succeeded') throw new AppError('job_not_succeeded', { detail: `The job was ${status}.` });
  if (!only || job.results.length > 1) return sendZip(context, response, job);
  const { stream } = await openResult(context, job, 0);
  setResultHeaders(response, only);
  response.setHeader('Content-Length', only.bytes);
  await sendDownload(context, response, stream);
}

/** The job's own error, whatever status it would have elsewhere: the request was fine, what it asked for could not be done. */
function sendFailed({ records }: ApiContext, response: Response, job: Job): void {
  const problem = problemOf(new AppError('job_failed'), requestIdOf(response));
  const document = jobDocument(job, records.now());
  if (!document.error) return sendProblem(response, { ...problem, job: document });
  const { code, fault, retryable, title, detail, hint } = document.error;
  sendProblem(response, {
    ...problem,
    type: problemType(code),
    code,
    fault,
    retryable,
    title,
    detail,
    hint,
    job: document,
  });
}
