// A file's name as a client gave it, made safe to show, to put into headers and archives, and to hand back. It is never
// used as a path.

const nameLengthMax = 255;
const fallbackName = 'file';

/** Control characters, unpaired surrogates, and the invisible ones that reorder or hide text (bidi, zero width). */
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * The base name (after the last `/` or `\`) in NFC, at most 255 UTF-8 bytes with its extension kept; never empty, `.`
 * or `..`.
 */
export function safeFileName(given: string): string {
  const base = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
  const clean = base.replaceAll(unsafe, '').normalize('NFC').trim();
  if (/^\.{0,2}$/.test(clean)) return fallbackName;
  return shorten(clean);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= nameLengthMax) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 32 ? name.slice(dot) : '';
  const room = nameLengthMax - Buffer.byteLength(extension);
  let stem = '';
  let bytes = 0;
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    stem += character;
  }
  return (stem + extension).trimEnd();
}
