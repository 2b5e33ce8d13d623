// The whole API on a free port and the local drivers in a folder of its own. Every answer to `request` is held against
// the OpenAPI document.
import supertest from 'supertest';
import type { Test } from 'supertest';
import { createApp } from '#api/app.ts';
import { openServer } from '#api/open-server.ts';
import type { Environment } from '#shared/config.ts';
import type { Context } from '#shared/context.ts';
import { registerAccount } from '#shared/account/register-account.ts';
import { lanes } from '#shared/queue/job-queue.ts';
import { assertDocumented } from './assert-documented.ts';
import { openTestContext } from './open-test-context.ts';
import type { TestContext } from './open-test-context.ts';

export type Method = 'get' | 'head' | 'post' | 'put' | 'delete';

export interface TestAccount {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
  /** As request(), with this account's key. */
  request(method: Method, path: string): Test;
}

export interface TestApi extends TestContext {
  readonly url: string;
  readonly port: number;
  /** Without a key. */
  request(method: Method, path: string): Test;
  /** A new account with its own key. */
  account(): Promise<TestAccount>;
  /** As the first signal does. */
  drain(): void;
  /** Stops listening; resolves when what was in flight has ended. */
  close(graceMs: number): Promise<void>;
  /** Fails unless nothing at all is stored or queued. */
  expectNothingLeft(): Promise<void>;
}

/** `replace` changes the context that the routes are given. */
export async function openApi(
  environment: Environment = {},
  replace: (context: Context) => Context = (context) => context,
): Promise<TestApi> {
  const test = await openTestContext({ REGISTRATION: 'open', PORT: '0', ...environment });
  const draining = new AbortController();
  const context = replace(test.context);
  const server = await openServer(createApp({ ...context, draining: draining.signal }), context.config);
  const url = `http://127.0.0.1:${server.port}`;
  let closed: Promise<void> | undefined;
  const close = (graceMs: number): Promise<void> => (closed ??= server.close(graceMs));

  const request = (method: Method, path: string): Test => {
    const asked = supertest(url)[method](path);
    return asked.expect((response) => {
      assertDocumented({
        method: method.toUpperCase(),
        path: path.split('?')[0] ?? path,
        status: response.status,
        headers: response.headers,
        body: response.body,
      });
    });
  };

  return {
    ...test,
    url,
    port: server.port,
    request,
    account: async () => {
      const { account, key } = await registerAccount(test.context);
      const asAccount = (method: Method, path: string) =>
        request(method, path).auth(key.value, { type: 'bearer' });
      return { id: account, keyId: key.id, key: key.value, request: asAccount };
    },
    drain: () => draining.abort(),
    close,
    expectNothingLeft: async () => {
      const depths = await Promise.all(lanes.map((lane) => context.queue.depth(lane)));
      const found = {
        blobs: await test.blobPaths(),
        messages: depths.reduce((sum, depth) => sum + depth, 0),
      };
      if (found.blobs.length + found.messages > 0) throw new Error(`left behind: ${JSON.stringify(found)}`);
    },
    remove: async () => {
      draining.abort();
      await close(0);
      await test.remove();
    },
  };
}

/** Results are bytes, whatever their type; problems and jobs are still JSON. */
export function asBytes(test: Test): Test {
  return test.buffer(true).parse((response, done) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const isJson = /^application\/(problem\+)?json/.test(String(response.headers['content-type']));
      done(null, isJson ? JSON.parse(bytes.toString()) : bytes);
    });
  });
}
