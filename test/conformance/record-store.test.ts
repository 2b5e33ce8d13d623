// Every records driver passes the suite of its port.
import { recordDrivers } from '#shared/records/drivers.ts';
import type { RecordStore } from '#shared/records/record-store.ts';
import { inFolder, type OpenStorage } from '#test/support/storage.ts';
import { conformRecordStore } from './record-store.ts';

/** How a test opens each driver; a driver without a line does not compile. */
const storages = {
  sqlite: inFolder(recordDrivers.sqlite),
} satisfies Record<keyof typeof recordDrivers, OpenStorage<RecordStore>>;

for (const [name, openStorage] of Object.entries(storages)) conformRecordStore(name, openStorage);
