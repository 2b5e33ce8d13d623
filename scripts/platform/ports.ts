// Free ports on loopback. What answers here can be taken a moment later: whoever binds must still cope.
import { once } from 'node:events';
import net from 'node:net';

/** Whether a server can listen on this loopback port now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

/** `wanted` if it is free, otherwise any port that is. */
export async function freePort(wanted = 0): Promise<number> {
  const port = (await tryListen(wanted)) ?? (await tryListen(0));
  if (port === undefined) throw new Error('no port is free on 127.0.0.1');
  return port;
}

async function tryListen(port: number): Promise<number | undefined> {
  const server = net.createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return (server.address() as net.AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
