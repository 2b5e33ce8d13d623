// Every blob driver passes the suite of its port.
import type { BlobStore } from '#shared/blobs/blob-store.ts';
import { blobDrivers } from '#shared/blobs/drivers.ts';
import { inFolder, type OpenStorage } from '#test/support/storage.ts';
import { conformBlobStore } from './blob-store.ts';

/** How a test opens each driver; a driver without a line does not compile. */
const storages = {
  files: inFolder(blobDrivers.files),
} satisfies Record<keyof typeof blobDrivers, OpenStorage<BlobStore>>;

for (const [name, openStorage] of Object.entries(storages)) conformBlobStore(name, openStorage);
