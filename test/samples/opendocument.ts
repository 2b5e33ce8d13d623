// The smallest OpenDocument files that are whole.
import { zip } from './zip.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const namespaces = ['office', 'text', 'table', 'draw', 'style']
  .map(
    (name) =>
      `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name === 'draw' ? 'drawing' : name}:1.0"`,
  )
  .concat(
    'xmlns:xlink="http://www.w3.org/1999/xlink"',
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"',
  )
  .join(' ');

export interface OpenDocument {
  /** After `application/vnd.oasis.opendocument.`, e.g. `text` or `spreadsheet-template`. */
  readonly kind: string;
  /** What stands in the body's own element. */
  readonly body: string;
  /** As if locked with a password: the manifest says so. */
  readonly encrypted?: boolean;
}

export async function makeOpenDocument({ kind, body, encrypted = false }: OpenDocument): Promise<Buffer> {
  const [plain = kind] = kind.split('-');
  const element = plain === 'graphics' ? 'drawing' : plain;
  const mediaType = `application/vnd.oasis.opendocument.${kind}`;
  const lock = encrypted
    ? '<manifest:encryption-data manifest:checksum-type="SHA256" manifest:checksum="AAAA"><manifest:algorithm ' +
      'manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" manifest:initialisation-vector="AAAA"/></manifest:encryption-data>'
    : '';
  return await zip(
    {
      mimetype: mediaType,
      'content.xml': `${declaration}<office:document-content ${namespaces} office:version="1.3"><office:body><office:${element}>${body}</office:${element}></office:body></office:document-content>`,
      'META-INF/manifest.xml':
        `${declaration}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` +
        `<manifest:file-entry manifest:full-path="/" manifest:media-type="${mediaType}"/>` +
        `<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">${lock}</manifest:file-entry></manifest:manifest>`,
    },
    ['mimetype'],
  );
}

export const odtText = (text: string): OpenDocument => ({ kind: 'text', body: `<text:p>${text}</text:p>` });
export const odsText = (text: string): OpenDocument => ({
  kind: 'spreadsheet',
  body: `<table:table table:name="One"><table:table-row><table:table-cell office:value-type="string"><text:p>${text}</text:p></table:table-cell></table:table-row></table:table>`,
});
const page = (text: string) =>
  `<draw:page draw:name="one"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="10cm" svg:height="2cm"><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame></draw:page>`;
export const odpText = (text: string): OpenDocument => ({ kind: 'presentation', body: page(text) });
export const odgText = (text: string): OpenDocument => ({ kind: 'graphics', body: page(text) });
