// What every blob driver refuses when it lists or reads a range. Throws RangeError.
import { assertPath, type ByteRange } from './blob-store.ts';

const listMax = 5000;

export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > listMax)
    throw new RangeError(`a list has 1 to ${listMax} blobs, not ${limit}`);
}

/** Empty, or a path that ends with a slash. */
export function assertPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) throw new RangeError('a prefix must be empty or end with a slash');
  assertPath(prefix.slice(0, -1));
}

/** Both ends are within the blob. */
export function assertRange({ start, end }: ByteRange, bytes: number): void {
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > end || end >= bytes)
    throw new RangeError(`bytes ${start} to ${end} do not lie within a blob of ${bytes} bytes`);
}
