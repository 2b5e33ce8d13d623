// Each request has an id, is logged in one line when it is over, and is counted. Lines hold route patterns, ids, sizes and
// times: no path, name, key or content.
import type { Socket } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiContext } from './api-context.ts';
import { callerIfAny } from './authenticate.ts';

const idPattern = /^[A-Za-z0-9._-]{1,128}$/;
/** In the log only: the client went away before the answer was whole. */
const clientClosedStatus = 499;

/** The id that HAProxy or the client gave, or our own. */
export function requestIdOf(response: Response): string {
  return String(response.locals['requestId']);
}

export function observeRequest(context: ApiContext): RequestHandler {
  const countBytes = createByteCounter();
  return (request, response, next) => {
    const startedAt = performance.now();
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && idPattern.test(given) ? given : context.chance.hex(32);
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    const { socket } = request;
    response.once('close', () =>
      report(context, request, response, performance.now() - startedAt, countBytes(socket)),
    );
    next();
  };
}

interface Bytes {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What went over a connection since it was last asked about, headers included. */
function createByteCounter(): (socket: Socket) => Bytes {
  const counted = new WeakMap<Socket, Bytes>();
  return (socket) => {
    const before = counted.get(socket) ?? { bytesIn: 0, bytesOut: 0 };
    const now = { bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten };
    counted.set(socket, now);
    return { bytesIn: now.bytesIn - before.bytesIn, bytesOut: now.bytesOut - before.bytesOut };
  };
}

function report(
  { log, metrics }: ApiContext,
  request: Request,
  response: Response,
  ms: number,
  bytes: Bytes,
): void {
  const route = routeOf(request);
  // An answer can be whole before it is ended: see endAfterBody().
  const isWhole = response.writableFinished || response.locals['answered'] === true;
  const status = isWhole ? response.statusCode : clientClosedStatus;
  const caller = callerIfAny(request);
  metrics.requests.observe({ method: request.method, route, status: String(status) }, ms / 1000);
  const line = {
    requestId: requestIdOf(response),
    method: request.method,
    route,
    status,
    ms: Math.round(ms),
    ...bytes,
    ...(caller ? { account: caller.account, key: caller.key } : {}),
  };
  // Probes come every second from every HAProxy.
  if (route === '/readyz' || route === '/livez') log.debug(line, 'request');
  else log.info(line, 'request');
}

function routeOf(request: Request): string {
  const { route } = request as { readonly route?: { readonly path?: unknown } };
  return typeof route?.path === 'string' ? route.path : 'unmatched';
}
