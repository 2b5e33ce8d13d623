// Office documents in compound files: Word, Excel and PowerPoint 97-2003, told by the streams they are made
// of, and OOXML documents behind a password, which are wrapped in one ([MS-OFFCRYPTO]).
import path from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '#shared/errors.ts';
import { extensionByMediaType } from '#shared/operations/media-types.ts';
import type { Sniffed } from './sniffed.ts';
import { readCompoundFile } from './compound-file.ts';
import type { CompoundFile, CompoundStream } from './compound-file.ts';

type IsEncrypted = (read: (bytesMax: number) => Promise<Buffer>) => Promise<boolean>;

interface Kind {
  readonly stream: string;
  readonly mediaType: string;
  /** The stream that tells, and how. */
  readonly lock: { readonly stream: string; readonly isEncrypted: IsEncrypted };
}

const kinds: readonly Kind[] = [
  {
    stream: 'WordDocument',
    mediaType: 'application/msword',
    lock: { stream: 'WordDocument', isEncrypted: isWordEncrypted },
  },
  {
    stream: 'Workbook',
    mediaType: 'application/vnd.ms-excel',
    lock: { stream: 'Workbook', isEncrypted: isExcelEncrypted },
  },
  // Excel 5 and 95
  {
    stream: 'Book',
    mediaType: 'application/vnd.ms-excel',
    lock: { stream: 'Book', isEncrypted: isExcelEncrypted },
  },
  {
    stream: 'PowerPoint Document',
    mediaType: 'application/vnd.ms-powerpoint',
    lock: { stream: 'Current User', isEncrypted: isPowerPointEncrypted },
  },
];

export function isCompoundFile(head: Buffer): boolean {
  return head.subarray(0, 8).toString('hex') === 'd0cf11e0a1b11ae1';
}

/** Throws `corrupt_file`. */
export async function sniffCompoundFile(file: FileHandle, name: string): Promise<Sniffed> {
  try {
    return await sniffStreams(await readCompoundFile(file), name);
  } catch (error) {
    throw new AppError('corrupt_file', {
      detail: `${name} is an Office file whose inner structure is damaged or incomplete.`,
      hint: 'Save or upload the file again.',
      cause: error,
    });
  }
}

async function sniffStreams(compound: CompoundFile, name: string): Promise<Sniffed> {
  const { streams } = compound;
  if (streams.has('EncryptedPackage')) return { mediaType: guessOoxml(name), encrypted: true };
  const kind = kinds.find(({ stream }) => streams.has(stream));
  if (kind === undefined) return { mediaType: 'application/x-cfb', encrypted: false };
  const lock: CompoundStream | undefined = streams.get(kind.lock.stream);
  const encrypted =
    lock !== undefined && (await kind.lock.isEncrypted((bytesMax) => compound.read(lock, bytesMax)));
  return { mediaType: kind.mediaType, encrypted };
}

/** What is inside cannot be seen without the password: the name has to do. */
function guessOoxml(name: string): string {
  const kind = { x: 'xlsx', p: 'pptx' }[path.extname(name).toLowerCase().charAt(1)] ?? 'docx';
  const found = Object.entries(extensionByMediaType).find(([, extension]) => extension === kind);
  return found?.[0] ?? 'application/x-cfb';
}

/** [MS-DOC] 2.5.2: `fEncrypted` in the flags of FibBase. */
async function isWordEncrypted(read: (bytesMax: number) => Promise<Buffer>): Promise<boolean> {
  return ((await read(12)).readUInt16LE(10) & 0x0100) !== 0;
}

/** [MS-XLS] 2.4.117: a FilePass record near the start of the globals. */
async function isExcelEncrypted(read: (bytesMax: number) => Promise<Buffer>): Promise<boolean> {
  const [filePass, endOfGlobals] = [0x2f, 0x0a];
  const records = await read(64 * 1024);
  for (let offset = 0; offset + 4 <= records.length; offset += 4 + records.readUInt16LE(offset + 2)) {
    const record = records.readUInt16LE(offset);
    if (record === filePass) return true;
    if (record === endOfGlobals) return false;
  }
  return false;
}

/** [MS-PPT] 2.3.2: the header token of CurrentUserAtom. */
async function isPowerPointEncrypted(read: (bytesMax: number) => Promise<Buffer>): Promise<boolean> {
  return (await read(16)).readUInt32LE(12) === 0xf3d1_c4df;
}
