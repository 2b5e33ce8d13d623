// The HTTP server around the app: where it listens, how long it is patient, and how it stops.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import type { Config } from '#shared/config.ts';
import { AppError } from '#shared/errors.ts';
import { problemOf } from './problem.ts';

/** HAProxy gives clients ten seconds for their headers. */
const headersMs = 15_000;
/** Longer than anything in front keeps an idle connection, so that it is never closed under a request. */
const keepAliveMs = 75_000;
/** The upload's own limit comes first and answers better. */
const transferSlackMs = 30_000;
const idleCheckMs = 100;
const headersBytesMax = 16 * 1024;

export interface ApiServer {
  /** For people: where it listens. */
  readonly address: string;
  /** 0 on a socket. */
  readonly port: number;
  /** Stops listening, lets requests in flight end for at most `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** Rejects when the address is taken, by a live socket file too; a stale one is replaced. */
export async function openServer(
  app: Express,
  config: Pick<Config, 'listen' | 'limits'>,
): Promise<ApiServer> {
  const { host, port, socket } = config.listen;
  const server = createServer(app, config.limits.transferSecondsMax * 1000);
  const sockets = trackSockets(server);
  if (socket === undefined) server.listen(port, host);
  else {
    await removeStaleSocket(socket);
    server.listen(socket);
  }
  await once(server, 'listening');
  const address = server.address();
  return {
    address: socket ?? describeAddress(address as AddressInfo),
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: (graceMs) => closeServer(server, sockets, graceMs),
  };
}

function createServer(app: Express, transferMsMax: number): http.Server {
  const server = http.createServer({
    headersTimeout: headersMs,
    requestTimeout: transferMsMax + transferSlackMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: headersBytesMax,
    connectionsCheckingInterval: 5000,
  });
  server.on('request', app);
  // The routes give leave themselves, once nothing speaks against reading the body.
  server.on('checkContinue', app);
  server.on('clientError', refuseMalformed);
  return server;
}

const malformed: Readonly<Record<string, AppError>> = {
  HPE_HEADER_OVERFLOW: new AppError('headers_too_large', {
    detail: `The headers are longer than ${headersBytesMax} bytes.`,
  }),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('request_timeout'),
};

/** What never became a request still gets a problem document. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || (socket as Socket).bytesWritten > 0 || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const known =
    malformed[error.code ?? ''] ?? new AppError('bad_request', { detail: 'The request is not valid HTTP.' });
  const problem = problemOf(known, randomUUID());
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.requestId}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function trackSockets(server: http.Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function closeServer(
  server: http.Server,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // To Node, a connection on which nothing has come yet is not idle.
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  // A connection that was busy stays open for the next request once its answer is sent: there will be none.
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
  const graceOver = new AbortController();
  const cutOff = sleep(graceMs, undefined, { signal: graceOver.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await closed;
  clearInterval(idle);
  graceOver.abort();
  await cutOff;
}

async function removeStaleSocket(file: string): Promise<void> {
  const stats = await fs.lstat(file).catch(() => undefined);
  if (!stats?.isSocket()) return;
  if (await isLive(file)) throw new Error(`another process listens on ${file}`);
  await fs.rm(file, { force: true });
}

async function isLive(file: string): Promise<boolean> {
  const connection = net.connect(file);
  try {
    await once(connection, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    connection.destroy();
  }
}

function describeAddress({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
