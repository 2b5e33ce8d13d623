// The example of each operation is in the documentation: it has to work as it stands there.
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import fs from 'node:fs/promises';
import { catalogue } from '#shared/operations/catalogue.ts';
import type { Operation } from '#shared/operations/operation.ts';
import { openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';

describe('the example of', () => {
  let slot: OperationSlot;
  before(async () => (slot = await openOperationSlot()));
  after(() => slot.close());

  for (const operation of Object.values(catalogue) as unknown as Operation[]) {
    it(operation.name, async function () {
      this.timeout(60_000);
      const { file, params } = operation.example;
      const bytes = await fs.readFile(new URL(`../samples/${file}`, import.meta.url));
      const made = await slot.convert(operation.name, params, { name: file, bytes });
      expect(operation.produces(operation.params.parse(params))).to.include(made.mediaType);
      expect(made.bytes.length).to.be.above(500);
      expect(made.warnings).to.deep.equal([]);
    });
  }
});
