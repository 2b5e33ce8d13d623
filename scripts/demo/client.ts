// A client of the API, as small as one can be: what a first program against Millrace would do.
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import { Failure } from '#scripts/failure.ts';

export interface Account {
  readonly account: string;
  readonly key: string;
}

export interface JobView {
  readonly id: string;
  readonly status: string;
  readonly results: readonly { readonly name: string; readonly url: string; readonly bytes: number }[];
  readonly error?: { readonly code: string; readonly title: string; readonly detail?: string } | null;
  readonly credits: { readonly held: number; readonly charged: number };
}

const unfinished = new Set(['waiting', 'queued', 'running']);

/** Throws Failure when the answer is an error or does not come. */
async function request(url: URL, init: RequestInit, key?: string): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key !== undefined) headers.set('Authorization', `Bearer ${key}`);
  const what = `${init.method ?? 'GET'} ${url.pathname}`;
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, headers });
  } catch (error) {
    throw new Failure(`${what} got no answer: ${String((error as Error).cause ?? error)}`, { cause: error });
  }
  if (answer.ok) return answer;
  throw new Failure(`${what} was answered with ${answer.status}: ${await answer.text()}`);
}

export async function register(url: string): Promise<Account> {
  const answer = await request(new URL('/v1/register', url), { method: 'POST' });
  const { account, key } = (await answer.json()) as { account: string; key: { value: string } };
  return { account, key: key.value };
}

/** Whether the platform still knows this key. */
export async function isKeyValid(url: string, key: string): Promise<boolean> {
  const answer = await fetch(new URL('/v1/jobs?limit=1', url), {
    headers: { Authorization: `Bearer ${key}` },
  });
  await answer.body?.cancel();
  return answer.ok;
}

/** The account's jobs, newest first, all pages. */
export async function listJobs(url: string, key: string): Promise<JobView[]> {
  const jobs: JobView[] = [];
  let next: string | null | undefined;
  do {
    const page = new URL('/v1/jobs', url);
    if (next) page.searchParams.set('cursor', next);
    const answer = (await (await request(page, {}, key)).json()) as {
      items: JobView[];
      next?: string | null;
    };
    jobs.push(...answer.items);
    next = answer.next;
  } while (next);
  return jobs;
}

export async function submit(
  url: string,
  key: string,
  job: {
    file: string;
    operation: string;
    params: Readonly<Record<string, unknown>>;
    idempotencyKey?: string;
  },
): Promise<JobView> {
  const form = new FormData();
  form.set('operation', job.operation);
  form.set('params', JSON.stringify(job.params));
  form.set('file', await openAsBlob(job.file), path.basename(job.file));
  const headers: Record<string, string> = job.idempotencyKey ? { 'Idempotency-Key': job.idempotencyKey } : {};
  const answer = await request(new URL('/v1/jobs', url), { method: 'POST', body: form, headers }, key);
  return (await answer.json()) as JobView;
}

/** Waits until the job has ended, however it did. */
export async function waitForJob(url: string, key: string, id: string): Promise<JobView> {
  for (;;) {
    const answer = await request(new URL(`/v1/jobs/${id}`, url), { headers: { Prefer: 'wait=20' } }, key);
    const job = (await answer.json()) as JobView;
    if (!unfinished.has(job.status)) return job;
  }
}

export async function download(url: string, key: string, result: { readonly url: string }): Promise<Buffer> {
  const answer = await request(new URL(result.url, url), {}, key);
  return Buffer.from(await answer.arrayBuffer());
}
