// A folder for one test, of which nothing stays.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** `suffix` may be awkward on purpose: spaces, quotes. */
export function makeTemporaryFolder(suffix = ''): { readonly path: string; remove(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `millrace-test-`));
  const inner = suffix === '' ? folder : path.join(folder, suffix);
  fs.mkdirSync(inner, { recursive: true });
  return { path: inner, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
