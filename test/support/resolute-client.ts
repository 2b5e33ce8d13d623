// A client as the documentation asks for: what fails in a way that may pass is asked again, a submit with the same
// Idempotency-Key. With it, no kill may cost a job.
import { createHash, randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, JobView } from '#scripts/demo/client.ts';

export interface Work {
  readonly file: string;
  readonly operation: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const samples = path.resolve(import.meta.dirname, '../samples');
export const letter: Work = { file: path.join(samples, 'letter.docx'), operation: 'convert-to-pdf' };
export const photo: Work = {
  file: path.join(samples, 'photo.png'),
  operation: 'resize-image',
  params: { width: 64, format: 'webp' },
};

const secondsMax = 120;
const unfinished = new Set(['waiting', 'queued', 'running']);

export class ResoluteClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, { key }: Account) {
    this.#url = url;
    this.#key = key;
  }

  async submit(work: Work, idempotencyKey: string = randomUUID()): Promise<JobView> {
    const answer = await this.#insist(async () => {
      const form = new FormData();
      form.set('operation', work.operation);
      form.set('params', JSON.stringify(work.params ?? {}));
      form.set('file', await openAsBlob(work.file), path.basename(work.file));
      return this.ask('/v1/jobs', {
        method: 'POST',
        body: form,
        headers: { 'Idempotency-Key': idempotencyKey },
      });
    });
    return (await answer.json()) as JobView;
  }

  async waitFor(id: string): Promise<JobView> {
    for (;;) {
      const answer = await this.#insist(() => this.ask(`/v1/jobs/${id}`, { headers: { Prefer: 'wait=10' } }));
      const job = (await answer.json()) as JobView;
      if (!unfinished.has(job.status)) return job;
    }
  }

  /** The bytes, held against the hash that the job names. */
  async download(result: { readonly url: string; readonly sha256?: string }): Promise<Buffer> {
    const bytes = Buffer.from(await (await this.#insist(() => this.ask(result.url))).arrayBuffer());
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== result.sha256) throw new Error(`${result.url} does not have the hash that its job names`);
    return bytes;
  }

  /** One request, once. */
  async ask(target: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${this.#key}`);
    return fetch(new URL(target, this.#url), { ...init, headers });
  }

  async #insist(request: () => Promise<Response>): Promise<Response> {
    const end = performance.now() + secondsMax * 1000;
    for (;;) {
      const answer = await request().catch((error: unknown) => error as Error);
      if (!(answer instanceof Error) && answer.ok) return answer;
      const mayPass = answer instanceof Error || answer.status >= 500;
      if (!mayPass || performance.now() > end)
        throw answer instanceof Error ? answer : new Error(`${answer.status}: ${await answer.text()}`);
      await sleep(100);
    }
  }
}
