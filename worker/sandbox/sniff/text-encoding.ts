// Whether bytes are text, and in which encoding: UTF-8, UTF-16 with a byte order mark, or Windows-1252; `other`
// is free of control characters, and can be text in whatever encoding it declares itself. The whole file is looked at, a chunk at a time: a table may hold its first umlaut after a megabyte.
import fs from 'node:fs';
import { TextDecoder } from 'node:util';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'other';

// Tab, line feed, form feed, carriage return; the end-of-file mark of old systems.
const allowedControls = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1a]);
const undefinedInWindows1252 = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** Undefined when it is no text. */
export async function findTextEncoding(path: string): Promise<TextEncoding | undefined> {
  const chunks = fs.createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  let marked: TextDecoder | undefined;
  let utf8: TextDecoder | undefined = new TextDecoder('utf-8', { fatal: true });
  let started = false;
  const count = { bytes: 0, ascii: 0, undefined: 0 };
  for await (const chunk of chunks) {
    if (!started) marked = decoderByMark(chunk);
    started = true;
    if (marked !== undefined) {
      if (!decodesToText(marked, chunk)) return undefined;
      continue;
    }
    if (!countBytes(chunk, count)) return undefined;
    if (utf8 !== undefined && !decodes(utf8, chunk)) utf8 = undefined;
  }
  if (marked !== undefined) return marked.encoding as TextEncoding;
  if (utf8 !== undefined && decodes(utf8)) return 'utf-8';
  // Every byte string is something in an 8-bit encoding; only one that is mostly plain letters is taken for text.
  return count.undefined === 0 && count.ascii > count.bytes * 0.6 ? 'windows-1252' : 'other';
}

/** A UTF-8 mark needs no decoder of its own. */
function decoderByMark(chunk: Buffer): TextDecoder | undefined {
  const mark = chunk.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le', { fatal: true });
  if (mark === 'feff') return new TextDecoder('utf-16be', { fatal: true });
  return undefined;
}

function decodesToText(decoder: TextDecoder, chunk: Buffer): boolean {
  try {
    const text = decoder.decode(chunk, { stream: true });
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    return !/[\u0000-\u0008\u000b\u000e-\u0019\u001b-\u001f\ufffe\uffff]/.test(text);
  } catch {
    return false;
  }
}

function decodes(decoder: TextDecoder, chunk?: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
    return true;
  } catch {
    return false;
  }
}

/** False at a control character. */
function countBytes(chunk: Buffer, count: { bytes: number; ascii: number; undefined: number }): boolean {
  for (const byte of chunk) {
    if ((byte < 0x20 && !allowedControls.has(byte)) || byte === 0x7f) return false;
    if (byte < 0x80) count.ascii += 1;
    else if (undefinedInWindows1252.has(byte)) count.undefined += 1;
  }
  count.bytes += chunk.length;
  return true;
}
