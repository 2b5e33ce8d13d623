// What a file really is, found from its bytes. The name only tells apart what bytes cannot: CSV from plain
// text. Whether it needs a password is found here too, since engines do not tell that from damage.
//
// Reading is bounded: no file is read into memory whole, however large it is or unpacks to.
import fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fileTypeFromBuffer, fileTypeFromFile } from 'file-type';
import { AppError } from '#shared/errors.ts';
import { isCompoundFile, sniffCompoundFile } from './compound-document.ts';
import type { Sniffed } from './sniffed.ts';
import { sniffText } from './text.ts';
import { isZip, sniffZip } from './zip-document.ts';

const headBytes = 64 * 1024;

/** Throws `empty_file`, and `corrupt_file` for a container that cannot be opened. */
export async function sniff(path: string, name: string): Promise<Sniffed> {
  await using file = await fs.open(path);
  const head = await readHead(file);
  if (head.length === 0) throw new AppError('empty_file', { detail: `${name} has no bytes.` });
  if (isZip(head)) return await sniffZip(path, name);
  if (isCompoundFile(head)) return await sniffCompoundFile(file, name);
  return { mediaType: await sniffPlain(path, name, head), encrypted: false };
}

async function readHead(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function sniffPlain(path: string, name: string, head: Buffer): Promise<string> {
  // Both may be made of plain characters only, and are no text all the same.
  if (head.subarray(0, 1024).includes('%PDF-')) return 'application/pdf';
  if (/^\s*\{\\rtf/.test(head.subarray(0, 64).toString('latin1'))) return 'application/rtf';
  // Text before the other signatures, some of which are two letters long (a table that starts with BMW is no BMP).
  const text = await sniffText(path, name, head);
  if (text !== undefined) return text;
  // What a TIFF's first bytes begin goes on at its end: whether it is a camera's raw file stands there.
  if (isTiff(head)) return (await fileTypeFromFile(path))?.mime ?? 'image/tiff';
  const found = await fileTypeFromBuffer(head);
  // An animated PNG is a PNG to whoever does not know better, as its inventors meant it to be.
  return found?.mime === 'image/apng' ? 'image/png' : (found?.mime ?? 'application/octet-stream');
}

/** Of either byte order, with short (42) or long (43) offsets. */
function isTiff(head: Buffer): boolean {
  return ['49492a00', '4d4d002a', '49492b00', '4d4d002b'].includes(head.subarray(0, 4).toString('hex'));
}
