// What a PDF says, by poppler.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

async function ask(pdf: Buffer, program: string, ...parameters: string[]): Promise<string> {
  const folder = makeTemporaryFolder();
  try {
    const file = path.join(folder.path, 'a.pdf');
    await fs.writeFile(file, pdf);
    const { stdout } = await run(
      program,
      parameters.map((parameter) => (parameter === '{file}' ? file : parameter)),
    );
    return stdout;
  } finally {
    folder.remove();
  }
}

export async function readPdfText(pdf: Buffer): Promise<string> {
  return await ask(pdf, 'pdftotext', '-layout', '{file}', '-');
}

export async function countPdfPages(pdf: Buffer): Promise<number> {
  return Number(/Pages:\s+(\d+)/.exec(await ask(pdf, 'pdfinfo', '{file}'))?.[1]);
}

/** The pictures inside it, each as `width × height`, those that stand for missing objects included; drawings not. */
export async function listPdfImages(pdf: Buffer): Promise<string[]> {
  const [, , ...rows] = (await ask(pdf, 'pdfimages', '-list', '{file}')).trim().split('\n');
  return rows.map((row) => row.trim().split(/\s+/).slice(3, 5).join(' × '));
}
