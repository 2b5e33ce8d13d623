// A document in a zip archive says how large its parts unpack. LibreOffice needs some ten times the size of the
// XML in memory: what could not fit is refused before it is tried. (An archive that lies meets the limits that
// soffice.sh sets.)
import yauzl from 'yauzl';
import { AppError } from '#shared/errors.ts';

const markupBytesMax = 256 * 1024 * 1024;

/** Throws `file_too_complex`. The archive has been opened before, and is one. */
export async function assertModest(path: string): Promise<void> {
  const zip = await yauzl.openPromise(path, { autoClose: false, decodeStrings: false });
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (/\.(?:xml|vml|rels)$/i.test(entry.fileNameRaw.toString('latin1'))) bytes += entry.uncompressedSize;
    }
  } finally {
    zip.close();
  }
  if (bytes <= markupBytesMax) return;
  throw new AppError('file_too_complex', {
    detail: `The document unpacks to ${bytes} bytes of text and layout; at most ${markupBytesMax} can be converted.`,
    hint: 'Split the document.',
  });
}
