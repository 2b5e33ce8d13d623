// Makes the samples that are kept as files, because the quickstart and the documentation use them:
//
//   node test/samples/make-samples.ts
//
// The tests make all others themselves, with what lies beside this file.
import fs from 'node:fs/promises';
import { makeLetter } from './letter.ts';
import { makePhoto } from './photo.ts';

const samples = { 'letter.docx': makeLetter, 'photo.png': makePhoto };

for (const [name, make] of Object.entries(samples)) {
  const content = await make();
  await fs.writeFile(new URL(name, import.meta.url), content);
  process.stdout.write(`${name}: ${content.length} bytes\n`);
}
