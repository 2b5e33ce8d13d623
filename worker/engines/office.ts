// LibreOffice, a process per document, by libreoffice-convert.
//
// The library starts soffice with an empty profile, and LibreOffice takes the first of two profile arguments,
// so that another one cannot be passed beside it; and it gives up on any "error" among the printed words, of
// which LibreOffice has many harmless ones. soffice.sh stands between the two, puts both right, and confines
// LibreOffice to its folder: a document can name any path of this machine, and profile settings do not stop all of them.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import office from 'libreoffice-convert';
import { AppError } from '#shared/errors.ts';
import { noteEngineStart } from './engine-started.ts';
import { makeOfficeProfile } from './office-profile.ts';

const starter = fileURLToPath(new URL('soffice.sh', import.meta.url));
const convertWithOptions = promisify(office.convertWithOptions);

export interface OfficeConversion {
  readonly document: Buffer;
  /** Of the document's true type: LibreOffice chooses its reader by it. */
  readonly extension: string;
  /** The name of LibreOffice's reader and its options, where the extension is not enough. */
  readonly reader?: string;
  /** The name of LibreOffice's writer, where its own choice is not right. */
  readonly writer?: string;
  /** For temporary files; all are removed. */
  readonly folder: string;
}

/** Answers the PDF. Throws `corrupt_file`, `engine_crashed` or `engine_failed`. */
export async function convertByOffice(conversion: OfficeConversion): Promise<Buffer> {
  const scratch = await fs.mkdtemp(path.join(conversion.folder, 'office-'));
  const output = path.join(scratch, 'printed.txt');
  try {
    await makeOfficeProfile(path.join(scratch, 'profile'));
    return await callOffice(conversion, scratch, {
      OFFICE_FOLDER: scratch,
      OFFICE_PROFILE_URL: pathToFileURL(path.join(scratch, 'profile')).href,
      OFFICE_OUTPUT: output,
    });
  } catch (error) {
    throw toOfficeError(error, await readPrinted(output));
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function callOffice(
  { document, extension, reader, writer }: OfficeConversion,
  scratch: string,
  variables: Readonly<Record<string, string>>,
): Promise<Buffer> {
  noteEngineStart();
  // By way of a variable: the library's types leave out execOptions, which it takes.
  const options = {
    fileName: `document.${extension}`,
    tmpOptions: { tmpdir: scratch },
    sofficeBinaryPaths: [starter],
    sofficeAdditionalArgs: [
      '--norestore',
      '--nologo',
      '--nodefault',
      '--nolockcheck',
      '--nofirststartwizard',
      ...(reader === undefined ? [] : [`--infilter=${reader}`]),
    ],
    execOptions: { env: { ...process.env, ...variables, TMPDIR: scratch } },
    // The result is there when soffice has ended, or it will never be.
    asyncOptions: { times: 1, interval: 1 },
  };
  return await convertWithOptions(document, 'pdf', writer, options);
}

async function readPrinted(output: string): Promise<string> {
  try {
    await using file = await fs.open(output);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } catch {
    return '';
  }
}

const unreadable = /could not be loaded/i;
const crashed = /unspecified application error|fatal exception/i;

function toOfficeError(error: unknown, printed: string): AppError {
  const { code, signal } = error as { code?: number | string; signal?: string };
  const cause = new Error(`soffice: ${signal ?? code}; it printed: ${printed || 'nothing'}`, {
    cause: error,
  });
  if (code === 127 || code === 126) {
    return new AppError('engine_failed', {
      detail: 'LibreOffice is not available on this worker.',
      cause: new Error('soffice was not found on PATH; the documents lane needs LibreOffice', {
        cause: error,
      }),
    });
  }
  // An exit code past 128 is a shell's word for a signal.
  if (signal || crashed.test(printed) || (typeof code === 'number' && code > 128)) {
    return new AppError('engine_crashed', { detail: 'LibreOffice crashed on this file.', cause });
  }
  if (code === 'ENOENT' || unreadable.test(printed)) {
    return new AppError('corrupt_file', {
      detail:
        'LibreOffice could not open the file: it is damaged, or holds something else than its type says.',
      hint: 'Open and save it again in the program it came from, then send it again.',
      cause,
    });
  }
  return new AppError('engine_failed', { detail: 'LibreOffice ended without a result.', cause });
}
