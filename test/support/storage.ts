// Where a test keeps what a driver stores: its own place, opened as often as there are processes to play, gone
// afterwards.
import path from 'node:path';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface Storage<Port> {
  /** One more instance on the same storage, as another process would have. */
  open(): Promise<Port>;
  /** Closes every instance and removes everything. */
  remove(): Promise<void>;
}

export type OpenStorage<Port> = () => Promise<Storage<Port>>;

/** For drivers that keep everything in a folder. */
export function inFolder<Port extends { close(): Promise<void> }>(
  openDriver: (options: { readonly dataDir: string }) => Promise<Port>,
): OpenStorage<Port> {
  return async () => {
    const folder = makeTemporaryFolder();
    const opened: Port[] = [];
    return {
      open: async () => {
        // A folder that does not exist yet: drivers make it.
        const port = await openDriver({ dataDir: path.join(folder.path, 'data') });
        opened.push(port);
        return port;
      },
      remove: async () => {
        await Promise.all(opened.map((port) => port.close()));
        folder.remove();
      },
    };
  };
}
