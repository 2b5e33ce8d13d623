// The drivers of the queue port, by name. Adding one is its file and its line.
import type { DriverOptions } from '#shared/driver-options.ts';
import type { JobQueue } from './job-queue.ts';
import { openSqliteQueue } from './sqlite-queue.ts';

export const queueDrivers = {
  sqlite: openSqliteQueue,
} as const satisfies Record<string, (options: DriverOptions) => Promise<JobQueue>>;
