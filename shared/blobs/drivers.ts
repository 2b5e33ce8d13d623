// The drivers of the blob port, by name. Adding one is its file and its line.
import type { DriverOptions } from '#shared/driver-options.ts';
import type { BlobStore } from './blob-store.ts';
import { openFileBlobs } from './file-blobs.ts';

export const blobDrivers = {
  files: openFileBlobs,
} as const satisfies Record<string, (options: DriverOptions) => Promise<BlobStore>>;
