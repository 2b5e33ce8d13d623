// Word, Excel, PowerPoint, OpenDocument, RTF, CSV, HTML and plain text to PDF.
import { z } from 'zod';
import { defineOperation, priceBySize, tenMebibytes } from '../operation.ts';

export const convertToPdf = defineOperation({
  name: 'convert-to-pdf',
  family: 'office',
  summary: 'Converts an office document, a web page file or a text file to PDF.',
  lane: 'documents',
  params: z.strictObject({}),
  accepts: [
    'application/msword',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.oasis.opendocument.text',
    'application/rtf',
    'application/vnd.ms-excel',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.ms-powerpoint',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    'application/vnd.oasis.opendocument.presentation',
    'application/vnd.oasis.opendocument.graphics',
    'text/plain',
    'text/csv',
    'text/html',
  ],
  produces: () => ['application/pdf'],
  price: priceBySize(4, tenMebibytes),
  deadlineSeconds: 120,
  example: { file: 'letter.docx', params: {} },
});
