// The stages of a test run, in order: what is quick and tells most comes first.
import fs from 'node:fs';
import path from 'node:path';
import { projectDir } from '#scripts/platform/processes.ts';

export interface Stage {
  readonly name: string;
  /** An npm script, or a folder of tests for mocha. */
  readonly run: { readonly script: string } | { readonly folder: string };
}

const checks = ['format', 'lint', 'types', 'imports'];
const folders = ['unit', 'conformance', 'api', 'operations', 'end-to-end'];
/** Long ones, for --full; each runs if it is there. */
const fullFolders = ['simulation', 'chaos', 'robustness'];

export function listStages(full: boolean): Stage[] {
  const there = (folder: string) => fs.existsSync(path.join(projectDir, 'test', folder));
  return [
    ...checks.map((name) => ({ name, run: { script: `check:${name}` } })),
    ...[...folders, ...(full ? fullFolders.filter(there) : [])].map((folder) => ({
      name: folder,
      run: { folder },
    })),
  ];
}
