// One quickstart at a time on a folder. The lock is a listening socket in Linux's abstract namespace (unix(7)):
// the kernel removes it with the process that holds it, however that process ends, so it can never be stuck.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { Failure } from '#scripts/failure.ts';

/** Held until this process ends. Makes the folder if it is absent. Throws Failure when another process holds it. */
export async function lockFolder(folder: string): Promise<void> {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw new Failure(`--data: cannot write to ${folder}: ${(error as Error).message}`, { cause: error });
  }
  const name = createHash('sha256').update(fs.realpathSync(folder)).digest('hex').slice(0, 32);
  const server = net.createServer((connection) => connection.destroy());
  server.listen(`\0millrace-quickstart-${name}`);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Failure(`Another quickstart is using ${folder}: stop it, or choose another folder with --data`);
  }
  server.unref();
}
