// The page that Prometheus reads, on loopback only: it tells things that clients must not learn.
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Context } from '#shared/context.ts';
import { collectProcessMetrics } from '#shared/metrics.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `GET /metrics` on 127.0.0.1; port 0 takes a free one. Rejects when the port is taken. */
export async function serveMetrics(
  context: Pick<Context, 'metrics' | 'log'>,
  port: number,
): Promise<MetricsServer> {
  const { metrics, log } = context;
  collectProcessMetrics(metrics);
  const server = http.createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.registry.contentType }).end(text),
      (error: unknown) => {
        log.error({ error }, 'the metrics could not be collected');
        response.writeHead(500).end();
      },
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // Metrics alone keep no process alive.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
