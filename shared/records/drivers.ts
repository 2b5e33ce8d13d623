// The drivers of the records port, by name. Adding one is its file and its line.
import type { DriverOptions } from '#shared/driver-options.ts';
import type { RecordStore } from './record-store.ts';
import { openSqliteRecords } from './sqlite-records.ts';

export const recordDrivers = {
  sqlite: openSqliteRecords,
} as const satisfies Record<string, (options: DriverOptions) => Promise<RecordStore>>;
