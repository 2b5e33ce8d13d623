// Protects: pending operations share a transaction, and one that fails does not take its neighbours along.
import { expect } from 'chai';
import { DatabaseSync } from 'node:sqlite';
import { createGroupCommit } from '#shared/sqlite/group-commit.ts';
import { rejection } from '#test/support/rejection.ts';

describe('group commit', () => {
  let database: DatabaseSync;
  let transactions: number;
  let write: ReturnType<typeof createGroupCommit>;
  const values = (): unknown[] =>
    database
      .prepare('SELECT value FROM row ORDER BY value')
      .all()
      .map((row) => row['value']);
  const insert = (value: number) => (): number => {
    database.prepare('INSERT INTO row VALUES (?)').run(value);
    return value;
  };
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    // A deferred constraint is one that fails COMMIT itself.
    database.exec(`
      CREATE TABLE row (value INTEGER UNIQUE);
      CREATE TABLE child (value INTEGER REFERENCES row (value) DEFERRABLE INITIALLY DEFERRED);
    `);
    transactions = 0;
    write = createGroupCommit(database, () => (transactions += 1));
  });
  afterEach(() => database.close());

  it('puts what is pending into one transaction, and answers each its own value', async () => {
    expect(await Promise.all(numbers(32).map((n) => write(insert(n))))).to.deep.equal(numbers(32));
    expect(transactions).to.equal(1);
    expect(values()).to.deep.equal(numbers(32));
  });

  it('bounds the operations of one transaction, and leaves none out', async () => {
    await Promise.all(numbers(1000).map((n) => write(insert(n))));
    expect(transactions).to.be.at.least(8);
    expect(values()).to.deep.equal(numbers(1000));
  });

  it('gives the event loop its turn between transactions', async () => {
    const seen: number[] = [];
    const watch = setInterval(() => seen.push(transactions));
    // Each takes longer than a transaction may: one at a time.
    const slow = (n: number) => (): number => {
      for (const start = performance.now(); performance.now() - start < 12;);
      return insert(n)();
    };
    await Promise.all(numbers(4).map((n) => write(slow(n))));
    clearInterval(watch);
    expect(transactions).to.equal(4);
    expect(new Set(seen).size).to.be.above(2);
  });

  it('runs them in the order in which they came', async () => {
    const order: number[] = [];
    await Promise.all(numbers(300).map((n) => write(() => order.push(n))));
    expect(order).to.deep.equal(numbers(300));
  });

  it('undoes an operation that fails, and it alone', async () => {
    const before = write(insert(1));
    const failing = write(() => {
      insert(2)();
      insert(1)();
    });
    const outcomes = await Promise.allSettled([before, failing, write(insert(3))]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(await rejection(failing))
      .to.be.an('error')
      .with.property('message')
      .that.includes('UNIQUE');
    expect(values()).to.deep.equal([1, 3]);
    expect(transactions).to.equal(1);
  });

  it('rejects every operation of a transaction that cannot be committed, and goes on after it', async () => {
    const orphan = (): void => void database.prepare('INSERT INTO child VALUES (99)').run();
    const outcomes = await Promise.allSettled([write(insert(1)), write(orphan), write(insert(2))]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(values()).to.deep.equal([]);
    await write(insert(3));
    expect(values()).to.deep.equal([3]);
  });

  it('rejects all when SQLite itself has rolled back, and goes on after it', async () => {
    // What SQLite does on a full disk or an I/O error.
    const rolledBack = (): void => {
      database.exec('ROLLBACK');
      throw new Error('disk I/O error');
    };
    const before = write(insert(1));
    const outcomes = await Promise.allSettled([before, write(rolledBack)]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(values()).to.deep.equal([]);
    await write(insert(2));
    expect(values()).to.deep.equal([2]);
  });

  it('rejects what is pending when no transaction can begin', async () => {
    database.close();
    expect(await rejection(write(insert(1)))).to.be.an('error');
    database = new DatabaseSync(':memory:');
  });
});
