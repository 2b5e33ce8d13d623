// Which kind of text a file is. SVG and HTML are told by their root element, wherever the declaration, the
// document type and comments leave it; CSV from plain text by the name alone, because nothing else can.
import path from 'node:path';
import { findTextEncoding } from './text-encoding.ts';

const kindByExtension: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.tsv': 'text/csv',
  '.tab': 'text/csv',
  // Many programs write tables as text and call them a workbook; spreadsheets open them as what they are.
  '.xls': 'text/csv',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.xhtml': 'text/html',
};

/** Undefined when it is no text. `head` is the file's beginning. */
export async function sniffText(file: string, name: string, head: Buffer): Promise<string | undefined> {
  const encoding = await findTextEncoding(file);
  if (encoding === undefined) return undefined;
  const root = findRoot(new TextDecoder(encoding === 'other' ? 'latin1' : encoding).decode(head));
  if (root === 'svg') return 'image/svg+xml';
  if (root === 'html') return 'text/html';
  // Pages and drawings declare their encoding; of anything else in an unknown one nothing can be made.
  if (encoding === 'other') return undefined;
  return kindByExtension[path.extname(name).toLowerCase()] ?? 'text/plain';
}

const skipped = [
  /^\s+/,
  // Declarations and processing instructions
  /^<\?[\s\S]*?\?>/,
  /^<!--[\s\S]*?-->/,
];
// With the declarations inside it, whose quotes and comments may hold brackets. No part of a text fits two of the
// alternatives, so that a hostile one cannot make the search for a match long.
const documentType =
  /^<!doctype\s+(?<name>[\w:.-]+)[^[>]*(?:\[(?:[^\]"'<]|<(?!!--)|<!--(?:(?!-->)[\s\S])*-->|"[^"]*"|'[^']*')*\]\s*)?>/i;

/** The root element's local name in lower case, or the document type's when that says html. */
function findRoot(text: string): string | undefined {
  let rest = text;
  for (;;) {
    const noise = skipped.map((pattern) => pattern.exec(rest)?.[0]).find((match) => match !== undefined);
    const type = documentType.exec(rest);
    if (type?.groups?.['name']?.toLowerCase() === 'html') return 'html';
    const length = noise?.length ?? type?.[0].length;
    if (length === undefined) break;
    rest = rest.slice(length);
  }
  return /^<(?:[\w.-]+:)?(?<local>[\w.-]+)/.exec(rest)?.groups?.['local']?.toLowerCase();
}
