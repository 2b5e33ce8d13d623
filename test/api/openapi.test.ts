// The document is what clients are generated from: it is complete, it is committed, and it is the one that is served.
import fs from 'node:fs';
import { expect } from 'chai';
import { routesOf } from '#api/app.ts';
import { createOpenApi } from '#api/openapi/create-openapi.ts';
import { operationNames } from '#shared/operations/catalogue.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestApi } from '#test/support/open-api.ts';

interface Described {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly security?: unknown }>>>
  >;
}

describe('The OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(createOpenApi())) as Described;
  let api: TestApi;
  before(async () => {
    api = await openApi();
  });
  after(() => api.remove());

  it('is committed as it is generated (node scripts/write-openapi.ts)', () => {
    const committed: unknown = JSON.parse(
      fs.readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
    );
    expect(committed).to.deep.equal(document);
  });

  it('is served as it is generated', async () => {
    const { body } = await api.request('get', '/v1/openapi.json').expect(200);
    expect(body).to.deep.equal(document);
  });

  it('describes every route, and no other', () => {
    const mounted = Object.entries(
      routesOf({ ...api.context, draining: new AbortController().signal }),
    ).flatMap(([path, route]) =>
      Object.keys(route).map((method) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    // One route runs every operation; a family in the path is another spelling of the same.
    const expected = mounted
      .filter((route) => !route.includes('{family}'))
      .flatMap((route) =>
        route.endsWith('/v1/run/{operation}')
          ? operationNames.map((name) => `post /v1/run/${name}`)
          : [route],
      );
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described).to.have.members(expected);
  });

  it('gives every operation an id of its own', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).to.equal(ids.length);
  });
});
