// What every records driver refuses when it lists.
import { listMax, type ListOptions } from './record-store.ts';

/** Throws RangeError past the limit. */
export function assertList({ limit }: ListOptions): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > listMax)
    throw new RangeError(`a list has 1 to ${listMax} records, not ${limit}`);
}
