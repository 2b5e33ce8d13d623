// Office documents that are zip archives: OOXML, told by [Content_Types].xml (ECMA-376 part 2), and
// OpenDocument, told by `mimetype` (or the manifest's root entry) and by META-INF/manifest.xml for encryption.
//
// Templates, slide shows and documents with macros are told as the plain document of their kind: engines
// read them the same way, and macros never run.
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '#shared/errors.ts';
import type { Sniffed } from './sniffed.ts';

// The parts read are lists of names: an honest one is far smaller, and a bomb is cut off here.
const partBytesMax = 8 * 1024 * 1024;
const entriesMax = 100_000;

const contentTypes = '[content_types].xml';
const mimetype = 'mimetype';
const manifest = 'meta-inf/manifest.xml';

/** By its first bytes: a local header, or the end of an archive with nothing in it. */
export function isZip(head: Buffer): boolean {
  return ['504b0304', '504b0506'].includes(head.subarray(0, 4).toString('hex'));
}

/** Throws `corrupt_file`. */
export async function sniffZip(path: string, name: string): Promise<Sniffed> {
  let zip: ZipFile | undefined;
  try {
    zip = await yauzl.openPromise(path, { autoClose: false, decodeStrings: false });
    return await sniffParts(zip);
  } catch (error) {
    throw new AppError('corrupt_file', {
      detail: `${name} is a zip-based file whose archive is damaged or incomplete.`,
      hint: 'Save or upload the file again.',
      cause: error,
    });
  } finally {
    zip?.close();
  }
}

async function sniffParts(zip: ZipFile): Promise<Sniffed> {
  const parts = await findParts(zip);
  const types = parts.get(contentTypes);
  const office = types && findOoxml(await readText(zip, types));
  if (office !== undefined) return { mediaType: office, encrypted: false };

  const list = parts.get(manifest);
  const kind = parts.get(mimetype);
  const listed = list ? await readText(zip, list) : '';
  const openDocument = findOpenDocument(kind ? await readText(zip, kind) : listed);
  if (openDocument === undefined) return { mediaType: 'application/zip', encrypted: false };
  return { mediaType: openDocument, encrypted: /<(?:[\w-]+:)?encryption-data\b/.test(listed) };
}

/** They may be anywhere in the archive; their names' case is not fixed (ECMA-376 part 2, 6.2.2). */
async function findParts(zip: ZipFile): Promise<Map<string, Entry>> {
  const parts = new Map<string, Entry>();
  let seen = 0;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileNameRaw.toString('latin1').replaceAll('\\', '/').toLowerCase();
    if ([contentTypes, mimetype, manifest].includes(name) && !parts.has(name)) parts.set(name, entry);
    seen += 1;
    if (parts.has(contentTypes) || (parts.has(mimetype) && parts.has(manifest)) || seen >= entriesMax) break;
  }
  return parts;
}

async function readText(zip: ZipFile, entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stream = await zip.openReadStreamPromise(entry);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= partBytesMax) break;
  }
  const [first = 0, second = 0] = chunks[0] ?? [];
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(Buffer.concat(chunks));
}

const mainPart =
  /["']application\/vnd\.(?:openxmlformats-officedocument\.(?<open>wordprocessing|spreadsheet|presentation)ml|ms-(?<own>word|excel|powerpoint))\.[a-z.]*\.?main(?:\+xml)?["']/i;

const ooxml: Readonly<Record<string, string>> = {
  wordprocessing: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  word: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  spreadsheet: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  excel: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  presentation: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  powerpoint: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

function findOoxml(types: string): string | undefined {
  const { open, own } = mainPart.exec(types)?.groups ?? {};
  return ooxml[(open ?? own ?? '').toLowerCase()];
}

function findOpenDocument(text: string): string | undefined {
  const [, kind] =
    /application\/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation|graphics)/.exec(text) ?? [];
  return kind && `application/vnd.oasis.opendocument.${kind}`;
}
