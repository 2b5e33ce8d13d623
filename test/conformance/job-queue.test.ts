// Every queue driver passes the suite of its port.
import { queueDrivers } from '#shared/queue/drivers.ts';
import type { JobQueue } from '#shared/queue/job-queue.ts';
import { inFolder, type OpenStorage } from '#test/support/storage.ts';
import { conformJobQueue } from './job-queue.ts';

/** How a test opens each driver; a driver without a line does not compile. */
const storages = {
  sqlite: inFolder(queueDrivers.sqlite),
} satisfies Record<keyof typeof queueDrivers, OpenStorage<JobQueue>>;

for (const [name, openStorage] of Object.entries(storages)) conformJobQueue(name, openStorage);
