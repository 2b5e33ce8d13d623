// A process that has a slot busy with a conversion, to be killed in the middle of it: node hold-slot.ts
// {scratch folder} {document}.
import fs from 'node:fs/promises';
import path from 'node:path';
import pino from 'pino';
import { chooseConfinement } from '#worker/sandbox/choose-confinement.ts';
import { openSlot } from '#worker/sandbox/slot.ts';

const [scratchDir = '', document = ''] = process.argv.slice(2);
const confine = await chooseConfinement('auto', pino({ level: 'silent' }));
const slot = await openSlot({ scratchDir, confine });
const folder = await slot.prepare();
await fs.copyFile(document, path.join(folder, 'in', '0'));
process.stdout.write('started\n');
await slot.run(
  { inputs: [{ name: path.basename(document) }], steps: [{ operation: 'convert-to-pdf', params: {} }] },
  { deadlineMs: 600_000, signal: new AbortController().signal, onProgress: () => {} },
);
await slot.close();
