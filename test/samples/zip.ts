// A zip archive of named parts, the same bytes each time: its dates are fixed.
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

const mtime = new Date(Date.UTC(2026, 0, 1));

/** In the given order. `stored` parts are not compressed (OpenDocument wants that of its `mimetype`). */
export async function zip(
  parts: Readonly<Record<string, string | Buffer>>,
  stored: readonly string[] = [],
): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(parts)) {
    archive.addBuffer(Buffer.from(content), name, {
      mtime,
      compress: !stored.includes(name),
      forceDosTimestamp: true,
    });
  }
  archive.end();
  return await buffer(archive.outputStream);
}
