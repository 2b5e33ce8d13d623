// Whether an operation takes a file, by what the file is and not by what it is called; and when it does
// not, what to say: what the file looks like, what its name claims, and what would be accepted.
import path from 'node:path';
import { AppError } from '#shared/errors.ts';
import { extensionByMediaType, extensionFor } from '#shared/operations/media-types.ts';
import type { Operation } from '#shared/operations/operation.ts';
import type { Sniffed } from './sniff/sniffed.ts';

const unknown = 'application/octet-stream';

/** Throws `unsupported_file` for a kind the operation does not take, `encrypted_file` for one that needs a password. */
export function assertAccepted(
  operation: Pick<Operation, 'name' | 'accepts'>,
  file: Sniffed & { name: string },
): void {
  if (!operation.accepts.includes(file.mediaType) || isTextUnderAnotherName(file)) {
    throw new AppError('unsupported_file', { detail: describeMismatch(file), hint: listAccepted(operation) });
  }
  if (file.encrypted) {
    throw new AppError('encrypted_file', {
      detail: `${file.name} can only be opened with a password.`,
      hint: 'Remove the password and send the file again.',
    });
  }
}

/**
 * Words under the name of a binary format are a mistake, such as an error page that was saved as letter.docx, and
 * nobody wants them as a PDF. Word and Excel files of old are excepted: many programs call their text so.
 */
function isTextUnderAnotherName({ name, mediaType }: { name: string; mediaType: string }): boolean {
  if (mediaType !== 'text/plain') return false;
  const extension = path.extname(name).slice(1).toLowerCase();
  const textual = ['txt', 'csv', 'html', 'svg', 'rtf', 'doc', 'xls'];
  const known: readonly string[] = Object.values(extensionByMediaType);
  return known.includes(extension) && !textual.includes(extension);
}

function describeMismatch({ name, mediaType }: { name: string; mediaType: string }): string {
  const found = describeType(mediaType);
  const extension = path.extname(name).slice(1).toLowerCase();
  if (extension === '' || isNamedSo(mediaType, extension)) return `${name} is ${found}.`;
  return `${name} is ${found}, although its name ends in .${extension}.`;
}

/** An extension that the platform does not know, such as docm, claims nothing that it could judge. */
function isNamedSo(mediaType: string, extension: string): boolean {
  const right = [extensionFor(mediaType), ...(alsoCalled[mediaType] ?? [])];
  const known: readonly string[] = [
    ...Object.values(extensionByMediaType),
    ...Object.values(alsoCalled).flat(),
  ];
  return right.includes(extension) || !known.includes(extension);
}

/** Other extensions that files of a kind go by. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  'image/jpeg': ['jpeg', 'jpe', 'jfif'],
  'image/tiff': ['tif'],
  'text/html': ['htm', 'xhtml'],
  'text/csv': ['tsv', 'tab'],
};

const words: Readonly<Record<string, string>> = {
  'text/plain': 'plain text',
  'text/html': 'a web page',
  'text/csv': 'a table as text',
  'application/zip': 'a zip archive that is no office document',
};

function describeType(mediaType: string): string {
  if (mediaType === unknown) return 'of no kind that could be recognised';
  return Object.hasOwn(extensionByMediaType, mediaType)
    ? `${words[mediaType] ?? `a file of type ${extensionFor(mediaType)}`} (${mediaType})`
    : `of the kind ${mediaType}`;
}

function listAccepted({ name, accepts }: Pick<Operation, 'name' | 'accepts'>): string {
  return `${name} accepts ${accepts.map(extensionFor).join(', ')}.`;
}
