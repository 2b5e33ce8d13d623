// The Content-Disposition header (RFC 6266) of a download: the name in plain ASCII for every client, and in UTF-8
// (RFC 8187) where that loses something.

export function attachment(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\x20-\x7e]/gu, '_')
    // Some clients take an escape for a folder, some decode a percent sign.
    .replaceAll(/["\\%]/g, '_');
  const encoded = plain === name ? '' : `; filename*=UTF-8''${encodeExtended(name)}`;
  return `attachment; filename="${plain}"${encoded}`;
}

/** RFC 8187: attr-char is narrower than what encodeURIComponent leaves alone. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
