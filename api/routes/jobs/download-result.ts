// GET and HEAD /v1/jobs/{id}/results/{index}
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { callerOf } from '#api/authenticate.ts';
import { parseRange } from '#api/results/byte-range.ts';
import { pathParam } from '#api/path-param.ts';
import { openResult, readSucceeded } from '#api/results/read-results.ts';
import { setResultHeaders } from '#api/results/result-headers.ts';
import { sendDownload } from '#api/results/send-download.ts';
import { AppError } from '#shared/errors.ts';

export function downloadResult(context: ApiContext): RequestHandler {
  return async (request, response) => {
    const job = await readSucceeded(context, callerOf(request).account, pathParam(request, 'id'));
    const index = parseIndex(pathParam(request, 'index'));
    const result = job.results[index];
    if (!result)
      throw new AppError('result_not_found', {
        detail: `The job has ${job.results.length} result(s), numbered from 0.`,
      });

    setResultHeaders(response, result);
    response.setHeader('Accept-Ranges', 'bytes');
    if (request.fresh) {
      response.removeHeader('Content-Type');
      return void response.status(304).end();
    }
    // Said before it can fail: a 416 must tell the length too.
    response.setHeader('Content-Range', `bytes */${result.bytes}`);
    const range = parseRange(request, result.bytes, `"${result.sha256}"`);
    response.removeHeader('Content-Range');

    response.setHeader('Content-Length', range ? range.end - range.start + 1 : result.bytes);
    if (request.method === 'HEAD') return void response.status(200).end();
    const { stream } = await openResult(context, job, index, range);
    if (range)
      response.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${result.bytes}`);
    await sendDownload(context, response, stream);
  };
}

function parseIndex(text: string): number {
  return /^(0|[1-9]\d{0,3})$/.test(text) ? Number(text) : -1;
}
