// Answering with a job, and saying when to ask again while it is in progress.
import type { Response } from 'express';
import { isTerminal } from '#shared/job/job.ts';
import type { Job } from '#shared/job/job.ts';
import type { ApiContext } from '../api-context.ts';
import { jobDocument, jobUrl } from './job-document.ts';

export const pollSeconds = 1;

/** 200 with the job as it is. */
export function sendJob({ records }: ApiContext, response: Response, job: Job): void {
  if (!isTerminal(job.status)) response.setHeader('Retry-After', String(pollSeconds));
  response.status(200).json(jobDocument(job, records.now()));
}

/** 202: accepted, and here is where to look. */
export function sendAccepted({ records }: ApiContext, response: Response, job: Job): void {
  response.setHeader('Location', jobUrl(job.id));
  response.setHeader('Retry-After', String(pollSeconds));
  response.status(202).json(jobDocument(job, records.now()));
}
