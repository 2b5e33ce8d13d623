// Whether what converts documents is confined to its one folder: by bubblewrap, which needs user namespaces (or root), and
// so does not work on every machine and in every container. Found out by trying, once, at the worker's start.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Config } from '#shared/config.ts';
import type { Log } from '#shared/log.ts';

const program = fileURLToPath(new URL('confine.sh', import.meta.url));
const run = promisify(execFile);

/** The program that confines, or undefined for none. Throws, in words for the operator, when it is required and fails. */
export async function chooseConfinement(
  mode: Config['worker']['sandbox'],
  log: Log,
): Promise<string | undefined> {
  if (mode === 'off') {
    log.warn('documents are converted without a sandbox: SANDBOX is off');
    return undefined;
  }
  const why = await whyNot();
  if (why === undefined) return program;
  if (mode === 'required') throw new Error(`SANDBOX is required, and bubblewrap does not work here: ${why}`);
  log.warn({ why }, 'documents are converted without a sandbox: bubblewrap does not work here');
  return undefined;
}

async function whyNot(): Promise<string | undefined> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'millrace-'));
  try {
    await run(program, [folder, 'true']);
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return (stderr || message).trim();
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
