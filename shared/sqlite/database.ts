// What the SQLite drivers share: one connection, opened for durability, with group commit, waiting for
// changes, and an orderly end.
//
// Write-ahead log with synchronous=FULL: what is committed survives a kill and a power cut. Several
// processes share a file; none of them ever blocks its event loop for another's lock (see retry-busy.ts).
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { createCallGate } from '#shared/call-gate.ts';
import { makeDurableFolder } from '#shared/files/durable-folder.ts';
import { createChangeWatch, type WaitOptions } from './change-watch.ts';
import { createGroupCommit, type Write } from './group-commit.ts';
import { busyTimeoutMs, retryBusy } from './retry-busy.ts';

/** Given back by a checkpoint once the log has grown past it. */
const logBytesKept = 64 * 1024 * 1024;

export interface Schema {
  /** Statements that make the tables and indexes in an empty file. */
  readonly sql: string;
  /** Kept in the file; a file with a higher one was written by a newer release and is refused. */
  readonly version: number;
}

export interface Database {
  /** Prepare each statement once, when opening. */
  prepare(sql: string): StatementSync;
  /** Every call of a port runs in here: refused once closing, waited for by close(). */
  call<T>(work: () => Promise<T>): Promise<T>;
  /** Reads what is committed. */
  read<T>(read: () => T): Promise<T>;
  /** See group-commit.ts. */
  write: Write;
  /** See change-watch.ts. */
  until(condition: () => Promise<boolean>, options: WaitOptions): Promise<void>;
  /** Ends the waits, waits for the calls under way, closes the file. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens or makes the database; safe when several processes do so at the same moment. Makes the folder too. Throws an
 * error that names the file: SQLite's own does not.
 */
export async function openDatabase(file: string, schema: Schema): Promise<Database> {
  let connection: DatabaseSync | undefined;
  try {
    await makeDurableFolder(path.dirname(file));
    connection = new DatabaseSync(file, { timeout: busyTimeoutMs });
    await prepareFile(connection, schema);
    return wire(connection, path.basename(file));
  } catch (error) {
    connection?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} could not be opened: ${reason}`, { cause: error });
  }
}

async function prepareFile(connection: DatabaseSync, schema: Schema): Promise<void> {
  // Turning the log on takes a lock that SQLite does not wait for, hence the retries.
  const mode = await retryBusy(() => connection.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']);
  if (mode !== 'wal')
    throw new Error('the file system cannot share memory between processes: use a local disk');
  connection.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${logBytesKept}`);
  await retryBusy(() => createSchema(connection, schema));
}

function createSchema(connection: DatabaseSync, { sql, version }: Schema): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const found = Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
    if (found > version)
      throw new Error(`it has format ${found}, this release reads up to ${version}: run the newer release`);
    if (found < version) connection.exec(`${sql}; PRAGMA user_version = ${version}`);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function wire(connection: DatabaseSync, name: string): Database {
  const watch = createChangeWatch(connection);
  const gate = createCallGate(name);
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    const settled = gate.close();
    watch.close();
    await settled;
    connection.close();
  }

  return {
    prepare: (sql) => connection.prepare(sql),
    call: (work) => gate.pass(work),
    read: retryBusy,
    write: createGroupCommit(connection, () => watch.notify()),
    until: (condition, options) => watch.until(condition, options),
    close: () => (closed ??= close()),
  };
}
