// What a result is called: the input's base name with the extension of what it has become. Two results of
// one job never share a name, also where letter case does not tell names apart (they end up in one zip).
import { extensionFor } from '#shared/operations/media-types.ts';

// File systems and zip tools count bytes: 255 is what nearly all of them take.
const nameBytesMax = 255;

export function nameResults(
  files: readonly { readonly name: string; readonly mediaType: string }[],
): string[] {
  const taken = new Set<string>();
  return files.map(({ name, mediaType }) => {
    const base = baseOf(name);
    const extension = `.${extensionFor(mediaType)}`;
    for (let count = 1; ; count += 1) {
      const ending = count === 1 ? extension : `-${count}${extension}`;
      const candidate = cutTo(base, nameBytesMax - Buffer.byteLength(ending)) + ending;
      const key = candidate.normalize('NFC').toLowerCase();
      if (taken.has(key)) continue;
      taken.add(key);
      return candidate;
    }
  });
}

function baseOf(name: string): string {
  const plain = name.replaceAll(/\p{Cc}/gu, '').replaceAll(/[/\\]/g, '-');
  // What follows the last dot is an extension only if it looks like one: `minutes of 3.4. (draft)` has none.
  return (
    plain
      .replace(/(?<=.)\.[\p{L}\p{N}]{1,12}$/u, '')
      .replace(/^\.+/, '')
      .trim() || 'file'
  );
}

function cutTo(text: string, bytesMax: number): string {
  let cut = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    cut += character;
  }
  return cut;
}
