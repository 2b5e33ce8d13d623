// Multipart bodies made by hand: as no client library would send them.

export interface Part {
  readonly name?: string;
  readonly fileName?: string;
  readonly mediaType?: string;
  readonly content: string | Buffer;
}

export const boundary = 'a-boundary-of-our-own';
export const multipartType = `multipart/form-data; boundary=${boundary}`;

export const closing = Buffer.from(`--${boundary}--\r\n`);

export function multipart(...parts: readonly Part[]): Buffer {
  return Buffer.concat([...parts.flatMap(encodePart), closing]);
}

function encodePart({ name, fileName, mediaType, content }: Part): Buffer[] {
  const disposition = [
    'form-data',
    name !== undefined && `name="${name}"`,
    fileName !== undefined && `filename="${fileName}"`,
  ];
  const headers = [
    `Content-Disposition: ${disposition.filter(Boolean).join('; ')}`,
    ...(mediaType === undefined ? [] : [`Content-Type: ${mediaType}`]),
  ];
  return [
    Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ];
}

/** Parts of a job that is accepted. */
export const operationPart: Part = { name: 'operation', content: 'resize-image' };
export const paramsPart: Part = { name: 'params', content: '{"width":10}' };
export const filePart: Part = {
  name: 'file',
  fileName: 'photo.png',
  mediaType: 'image/png',
  content: 'some bytes',
};
