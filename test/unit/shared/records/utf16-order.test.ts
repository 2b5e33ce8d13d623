// Protects: keys are listed in the order that the port promises, whatever characters they have.
import { expect } from 'chai';
import fc from 'fast-check';
import { fromUtf8Order, toUtf8Order } from '#shared/records/utf16-order.ts';

/** Any code units, halves of surrogate pairs included, most of them where the two orders differ. */
const keys = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd700, max: 0xffff })), {
    maxLength: 6,
  })
  .map((units) => String.fromCharCode(...units));

describe('keys in UTF-16 order', () => {
  it('sort as UTF-8 as they sort by UTF-16 code unit', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const order = Math.sign(Buffer.compare(Buffer.from(toUtf8Order(a)), Buffer.from(toUtf8Order(b))));
        expect(order).to.equal(a === b ? 0 : a < b ? -1 : 1);
      }),
    );
  });

  it('come back as they were, also by way of UTF-8', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(fromUtf8Order(Buffer.from(toUtf8Order(key)).toString())).to.equal(key);
      }),
    );
  });

  it('stay readable', () => {
    expect(toUtf8Order('job:ünï:漢')).to.equal('job:ünï:漢');
  });
});
