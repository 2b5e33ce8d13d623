// Removing all blobs below a prefix, page by page. Safe to repeat; what is written meanwhile may stay.
import type { BlobStore } from './blob-store.ts';

const pageBlobs = 500;

/** `keep` says which paths stay. Answers how many blobs went. */
export async function removeBlobs(
  blobs: BlobStore,
  prefix: string,
  keep: (path: string) => boolean = () => false,
): Promise<number> {
  let removed = 0;
  let after: string | undefined;
  do {
    const page = await blobs.list(
      prefix,
      after === undefined ? { limit: pageBlobs } : { limit: pageBlobs, after },
    );
    const doomed = page.blobs.filter((blob) => !keep(blob.path));
    await Promise.all(doomed.map((blob) => blobs.delete(blob.path)));
    removed += doomed.length;
    after = page.next;
  } while (after !== undefined);
  return removed;
}
