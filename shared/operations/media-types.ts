// The media types the platform knows, each with the extension its files get. The true type of a file is
// found from its bytes (worker/sandbox), never from its name or from what a client declared.
export const extensionByMediaType = {
  'application/pdf': 'pdf',
  'application/zip': 'zip',

  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/rtf': 'rtf',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/vnd.oasis.opendocument.graphics': 'odg',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'text/html': 'html',

  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
  'image/gif': 'gif',
  'image/svg+xml': 'svg',
} as const;

export type MediaType = keyof typeof extensionByMediaType;

/** The extension (no dot) for a media type; `bin` for one the platform does not know. */
export function extensionFor(mediaType: string): string {
  return Object.hasOwn(extensionByMediaType, mediaType)
    ? extensionByMediaType[mediaType as MediaType]
    : 'bin';
}
