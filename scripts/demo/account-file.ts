// quickstart.json in the data folder: where the platform answers, and a key for it. It is what programs beside
// quickstart read, and how a second start finds the account of the first.
import fs from 'node:fs';
import path from 'node:path';
import { isKeyValid, listJobs, register, type Account } from './client.ts';

interface AccountFile extends Account {
  readonly url: string;
}

export interface Found extends Account {
  /** Undefined for a new account. */
  readonly earlierJobs: number | undefined;
}

/** The account of an earlier start if the platform still knows its key, otherwise a new one. */
export async function findOrRegister(dataDir: string, url: string): Promise<Found> {
  const earlier = read(dataDir);
  if (earlier !== undefined && (await isKeyValid(url, earlier.key)))
    return { ...earlier, earlierJobs: (await listJobs(url, earlier.key)).length };
  return { ...(await register(url)), earlierJobs: undefined };
}

/** Whole or not at all, and for the owner's eyes only. */
export function writeAccountFile(dataDir: string, content: AccountFile): void {
  const { url, account, key } = content;
  const temporary = `${fileIn(dataDir)}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify({ url, account, key }, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  fs.renameSync(temporary, fileIn(dataDir));
}

function read(dataDir: string): Account | undefined {
  try {
    const { account, key } = JSON.parse(fs.readFileSync(fileIn(dataDir), 'utf8')) as Partial<AccountFile>;
    return account !== undefined && key !== undefined ? { account, key } : undefined;
  } catch {
    return undefined;
  }
}

function fileIn(dataDir: string): string {
  return path.join(dataDir, 'quickstart.json');
}
