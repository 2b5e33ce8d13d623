// The api process: reads its configuration, opens the ports, listens, and stops in order when told to.
//
//   signal ─► not ready (503 on /readyz, waits end) ─► READY_FALL_SECONDS ─► stops listening
//          ─► requests in flight end, at most DRAIN_SECONDS ─► ports closed, exit 0
//
// A second signal ends it at once: nothing that was accepted can be lost by that.
import type { Context } from '#shared/context.ts';
import { onStop } from '#shared/on-stop.ts';
import { runProcess } from '#shared/run-process.ts';
import { serveMetrics } from '#shared/serve-metrics.ts';
import type { ApiContext } from './api-context.ts';
import { createApp } from './app.ts';
import { openServer } from './open-server.ts';

async function serve(context: Context): Promise<void> {
  const { config, clock, log } = context;
  const drain = new AbortController();
  const api: ApiContext = { ...context, draining: drain.signal };
  const stopped = Promise.withResolvers<void>();
  onStop(log, stopped.resolve);
  const metrics =
    config.metricsPort === undefined ? undefined : await serveMetrics(context, config.metricsPort);
  const server = await openServer(createApp(api), config);
  log.info({ address: server.address, backend: config.backend, metricsPort: metrics?.port }, 'listening');

  await stopped.promise;
  drain.abort();
  await clock.sleep(config.shutdown.readyFallSeconds * 1000);
  await server.close(config.shutdown.drainSeconds * 1000);
  await metrics?.close();
  log.info('stopped');
}

await runProcess('api', serve);
