// Protects: the catalogue tells a client all it needs to use an operation.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { catalogue, operationNames } from '#shared/operations/catalogue.ts';
import { openApi } from '#test/support/open-api.ts';
import type { TestApi } from '#test/support/open-api.ts';

describe('GET /v1/operations', () => {
  let api: TestApi;
  before(async () => {
    api = await openApi();
  });
  after(() => api.remove());

  it('200: every operation of the catalogue', async () => {
    const { body } = await api.request('get', '/v1/operations').expect(200);
    expect(body.items.map(({ name }: { name: string }) => name)).to.have.members(operationNames);
    for (const { url } of body.items) await api.request('get', url).expect(200);
  });

  for (const name of operationNames)
    it(`200: ${name}, with params as a JSON Schema that its example follows`, async () => {
      const { body } = await api.request('get', `/v1/operations/${name}`).expect(200);
      const { family, lane, accepts, example } = catalogue[name];
      expect(body).to.include({ name, family, lane });
      expect(body.accepts.map(({ mediaType }: { mediaType: string }) => mediaType)).to.deep.equal(accepts);
      expect(body.accepts.every(({ extension }: { extension: string }) => extension !== 'bin')).to.equal(
        true,
      );
      const validate = new Ajv2020({ strict: false }).compile(body.params);
      expect(validate(example.params), JSON.stringify(validate.errors)).to.equal(true);
      expect(validate({ nonsense: 1 })).to.equal(false);
      await api.request('get', `/v1/operations/${family}/${name}`).expect(200);
    });

  it('404: no such operation, naming those there are', async () => {
    for (const name of ['make-coffee', 'office/resize-image', '__proto__', 'toString']) {
      const { body } = await api.request('get', `/v1/operations/${name}`).expect(404);
      expect(body.hint).to.contain('resize-image');
    }
  });
});
