// Text files for LibreOffice, which would guess at their encoding and at the separator of a table: both are
// found out here, and LibreOffice gets UTF-8 and is told how to read it.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { OfficeConversion } from '#worker/engines/office.ts';
import type { StepFile } from '#worker/operations/run.ts';
import { findTextEncoding } from '#worker/sandbox/sniff/text-encoding.ts';
import type { TextEncoding } from '#worker/sandbox/sniff/text-encoding.ts';

type TextDocument = Pick<OfficeConversion, 'document' | 'extension' | 'reader' | 'writer'>;

export async function openAsText({ path: file, name, mediaType }: StepFile): Promise<TextDocument> {
  const bytes = await fs.readFile(file);
  const encoding = (await findTextEncoding(file)) ?? 'utf-8';
  if (mediaType === 'text/html') return openPage(bytes, encoding);
  const text = new TextDecoder(encoding === 'other' ? 'windows-1252' : encoding)
    .decode(bytes)
    .replaceAll(/\r\n?/g, '\n');
  return mediaType === 'text/csv' ? openTable(text, name) : openPlain(text);
}

/** Options of the text reader: character set, line end. */
function openPlain(text: string): TextDocument {
  return { document: Buffer.from(text), extension: 'txt', reader: 'Text (encoded):UTF8,LF,,,' };
}

/**
 * Options of the table reader: separator, quote ("), character set (76: UTF-8), first line; and numbers as
 * they stand, without guesses at dates. https://wiki.documentfoundation.org/Documentation/DevGuide/Spreadsheet_Documents
 */
function openTable(text: string, name: string): TextDocument {
  const separator = path.extname(name).toLowerCase() === '.tsv' ? '\t' : findSeparator(text);
  const options = [separator.charCodeAt(0), 34, 76, 1, '', 0, false, false].join(',');
  return { document: Buffer.from(text), extension: 'csv', reader: `Text - txt - csv (StarCalc):${options}` };
}

/**
 * Read as a document of Writer: by way of Writer/Web (7.4) the first paragraph of a page is lost. LibreOffice
 * believes a page's own declaration above all, which therefore has to say what the page is now: UTF-8.
 */
function openPage(bytes: Buffer, encoding: TextEncoding): TextDocument {
  const page = decodePage(bytes, encoding).replaceAll(declaration, '$<before>utf-8');
  return {
    document: Buffer.from(`\u{feff}${page}`),
    extension: 'html',
    reader: 'HTML (StarWriter)',
    writer: 'writer_pdf_Export',
  };
}

const declaration = /(?<before><meta\b[^<>]{0,1000}?\bcharset\s*=\s*["']?\s*)(?<label>[\w:-]+)/gi;

/** What is good UTF-8 or carries a mark is that, whatever the page declares; else the declaration counts. */
function decodePage(bytes: Buffer, encoding: TextEncoding): string {
  const unsure = encoding === 'windows-1252' || encoding === 'other';
  const head = bytes.subarray(0, 4096).toString('latin1');
  const [found] = head.matchAll(declaration);
  const declared = unsure ? (found?.groups?.['label'] ?? 'windows-1252') : encoding;
  try {
    return new TextDecoder(declared).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const separators = [',', ';', '\t', '|'];

/** The separator that stands equally often in the first lines, outside quotes; the most frequent of those. */
function findSeparator(text: string): string {
  const lines = text
    .slice(0, 64 * 1024)
    .replaceAll(/"(?:[^"]|"")*"/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 20);
  const scores = separators.map((separator) => {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const [first = 0] = counts;
    const even = counts.filter((count) => count === first).length / Math.max(1, lines.length);
    return { separator, score: first === 0 ? 0 : even * 1000 + first };
  });
  return scores.reduce((best, next) => (next.score > best.score ? next : best)).separator;
}
