// Keys are ordered by UTF-16 code unit (as JavaScript and Azure Table Storage compare), but a store that
// compares UTF-8 puts the characters past U+FFFF after U+E000 to U+FFFF instead of before.
//
// So what is stored is a key in which each code unit from U+D800 on has become one character past U+FFFF:
// these sort, in UTF-8, after all the rest and among themselves by code unit. Keys without such characters,
// which is to say all that are in use, are stored as they are. Exact for halves of surrogate pairs as well.

const offset = 0x10000;

export function toUtf8Order(key: string): string {
  return key.replace(/[\ud800-\uffff]/g, (unit) => String.fromCodePoint(offset + unit.charCodeAt(0)));
}

export function fromUtf8Order(stored: string): string {
  return stored.replace(/[\u{1d800}-\u{1ffff}]/gu, (character) =>
    String.fromCharCode(Number(character.codePointAt(0)) - offset),
  );
}
