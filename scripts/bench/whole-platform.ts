// Measures the whole platform on this machine, in about a minute: HAProxy, api nodes, workers, as quickstart starts them, on
// a fresh folder. Small images show what a job costs beside its conversion; letters show how near a worker comes to what
// LibreOffice, called without a platform, does in the same run. Ratios within one run are what to compare.
//
// Usage: whole-platform.ts
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { register } from '#scripts/demo/client.ts';
import { freePort } from '#scripts/platform/ports.ts';
import { Platform } from '#scripts/platform/platform.ts';
import { projectDir } from '#scripts/platform/processes.ts';

const run = promisify(execFile);
const secondsEach = 15;
const clientsAtOnce = 16;
const lettersAtOnce = 4;

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** So many callers that each wait for one before the next. */
async function measure(callers: number, work: () => Promise<void>): Promise<Measured> {
  const startedAt = performance.now();
  const took: number[] = [];
  const call = async (): Promise<void> => {
    while (performance.now() - startedAt < secondsEach * 1000) {
      const began = performance.now();
      await work();
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const sorted = took.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return {
    perSecond: took.length / ((performance.now() - startedAt) / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

function tell(what: string, { perSecond, p50Ms, p99Ms }: Measured): void {
  const figures = `${perSecond.toFixed(1).padStart(7)} /s   p50 ${p50Ms.toFixed(0)} ms   p99 ${p99Ms.toFixed(0)} ms`;
  console.log(`${what.padEnd(52)} ${figures}`);
}

function runOn(
  platform: Platform,
  key: string,
  operation: string,
  params: Record<string, string>,
  file: File,
) {
  return async (): Promise<void> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(params)) form.set(name, value);
    form.set('file', file);
    const headers = { Authorization: `Bearer ${key}` };
    const answer = await fetch(`${platform.url}/v1/run/${operation}`, {
      method: 'POST',
      headers,
      body: form,
    });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  };
}

async function measureSharp(picture: Buffer): Promise<Measured> {
  return measure(2, async () => void (await sharp(picture).resize(64).webp().toBuffer()));
}

async function measureOffice(letter: string, folder: string): Promise<Measured> {
  let calls = 0;
  return measure(2, async () => {
    const own = path.join(folder, String((calls += 1)));
    const profile = `-env:UserInstallation=file://${own}/profile`;
    await run('soffice', [profile, '--headless', '--convert-to', 'pdf', '--outdir', own, letter]);
  });
}

async function measurePlatform(platform: Platform, picture: Buffer, letter: string): Promise<Measured[]> {
  const { key } = await register(platform.url);
  const image = new File([new Uint8Array(picture)], 'small.png');
  const document = new File([new Uint8Array(await fs.readFile(letter))], 'letter.docx');
  const resize = runOn(platform, key, 'resize-image', { width: '64', format: 'webp' }, image);
  const convert = runOn(platform, key, 'convert-to-pdf', {}, document);
  const one = await measure(1, resize);
  tell('small images through the platform, one client', one);
  const many = await measure(clientsAtOnce, resize);
  tell(`small images through the platform, ${clientsAtOnce} clients`, many);
  const letters = await measure(lettersAtOnce, convert);
  tell(`letters through the platform, ${lettersAtOnce} clients`, letters);
  return [many, letters];
}

const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'));
const letter = path.join(projectDir, 'test/samples/letter.docx');
const picture = await sharp(path.join(projectDir, 'test/samples/photo.png')).resize(256).png().toBuffer();
const port = await freePort();
const platform = new Platform({
  dataDir: path.join(folder, 'data'),
  port,
  statsPort: await freePort(),
  apis: 2,
  workers: 2,
  drainSeconds: 10,
  restart: 'never',
  env: {
    REGISTRATION: 'open',
    SLOTS_DOCUMENTS: '1',
    SLOTS_IMAGES: '2',
    LOG_LEVEL: 'warn',
    MONTHLY_ALLOWANCE_CREDITS: '1000000',
  },
});
await platform.start();
try {
  const [images, letters] = await measurePlatform(platform, picture, letter);
  const plainImages = await measureSharp(picture);
  tell('the same images by sharp alone, 2 at once', plainImages);
  const plainLetters = await measureOffice(letter, folder);
  tell('the same letters by soffice alone, 2 at once', plainLetters);
  const part = (of: Measured | undefined, whole: Measured) =>
    `${((100 * (of?.perSecond ?? 0)) / whole.perSecond).toFixed(0)}%`;
  console.log(
    `of the conversion alone: images ${part(images, plainImages)}, letters ${part(letters, plainLetters)}`,
  );
} finally {
  await platform.stop();
  await fs.rm(folder, { recursive: true, force: true });
}
