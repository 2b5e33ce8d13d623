// Protects: what is committed survives, and a file of a newer release is refused.
import { expect } from 'chai';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openDatabase, type Database } from '#shared/sqlite/database.ts';
import { rejection } from '#test/support/rejection.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

const schema = { version: 1, sql: 'CREATE TABLE row (value INTEGER) STRICT' };

describe('an SQLite database', () => {
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let opened = 0;
  let file: string;
  let database: Database;
  before(() => {
    folder = makeTemporaryFolder();
  });
  beforeEach(async () => {
    file = path.join(folder.path, `${(opened += 1)}`, 'test.sqlite');
    database = await openDatabase(file, schema);
  });
  afterEach(() => database.close());
  after(() => folder.remove());

  it('is opened so that what is committed survives a power cut', () => {
    expect(database.prepare('PRAGMA journal_mode').get()).to.deep.include({ journal_mode: 'wal' });
    const full = 2;
    expect(database.prepare('PRAGMA synchronous').get()).to.deep.include({ synchronous: full });
  });

  it('never lets SQLite itself wait for more than 20 ms', () => {
    expect(database.prepare('PRAGMA busy_timeout').get()?.['timeout']).to.be.at.most(20);
  });

  it('waits for the lock of another process without stopping its own', async () => {
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE; INSERT INTO row VALUES (1)');
    const insert = database.prepare('INSERT INTO row VALUES (2)');
    const writing = database.write(() => insert.run().changes);
    // Only because the event loop goes on can the lock be given back at all.
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(database.prepare('SELECT count(*) AS rows FROM row').get()).to.deep.include({ rows: 0 });
    holder.exec('COMMIT');
    holder.close();
    expect(await writing).to.equal(1);
  });

  it('refuses a file that a newer release wrote', async () => {
    await database.close();
    const error = await rejection(openDatabase(file, { ...schema, version: 0 }));
    expect(error).to.be.an('error').with.property('message').that.includes('run the newer release');
  });

  it('opens a file again with what was in it', async () => {
    const insert = database.prepare('INSERT INTO row VALUES (7)');
    await database.write(() => insert.run());
    await database.close();
    const again = await openDatabase(file, schema);
    expect(again.prepare('SELECT value FROM row').get()).to.deep.include({ value: 7 });
    await again.close();
  });

  it('names the file that cannot be opened: a folder, or something else than a database', async () => {
    const text = path.join(folder.path, 'text');
    fs.writeFileSync(text, 'This is no database, and long enough to be looked at. '.repeat(20));
    for (const wrong of [folder.path, text])
      expect(await rejection(openDatabase(wrong, schema)))
        .to.be.an('error')
        .with.property('message')
        .that.includes(wrong);
    expect(fs.readFileSync(text, 'utf8')).to.include('This is no database');
  });
});
