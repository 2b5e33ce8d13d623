// GET /readyz: this node may be given requests.
import type { RequestHandler } from 'express';
import type { ApiContext } from '#api/api-context.ts';
import { AppError } from '#shared/errors.ts';

/** HAProxy waits two seconds for an answer. */
const storeMsMax = 1000;

/** 503 while draining, and when the records do not answer in time. */
export function showReadyz(context: ApiContext): RequestHandler {
  return async (_request, response) => {
    if (context.draining.aborted) throw new AppError('unavailable', { detail: 'This node is stopping.' });
    await assertRecords(context);
    response.json({ status: 'ok' });
  };
}

async function assertRecords({ records, clock }: ApiContext): Promise<void> {
  const answered = new AbortController();
  const late = clock.sleep(storeMsMax, answered.signal).then(() => {
    if (!answered.signal.aborted) throw new Error(`the records did not answer within ${storeMsMax} ms`);
  });
  try {
    await Promise.race([records.get('system', 'ready'), late]);
  } catch (cause) {
    throw new AppError('unavailable', { detail: 'The records do not answer.', cause });
  } finally {
    answered.abort();
  }
}
