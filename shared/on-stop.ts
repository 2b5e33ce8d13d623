// Being told to stop: SIGTERM or SIGINT once is a request to drain, twice an order to end now.
import type { Log } from '#shared/log.ts';

/** `drain` is called once; the process ends by itself when nothing is left to do. */
export function onStop(log: Log, drain: () => Promise<void> | void): void {
  let stopping = false;

  function stop(why: string): void {
    if (stopping) {
      log.warn({ why }, 'told to stop again: ending now');
      process.exit(1);
    }
    stopping = true;
    log.info({ why }, 'draining');
    void (async () => {
      try {
        await drain();
      } catch (error) {
        log.error({ error }, 'draining failed');
        process.exit(1);
      }
    })();
  }

  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}
