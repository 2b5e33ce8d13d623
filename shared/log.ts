// Structured logs, one JSON line each, on standard output. No secret, key, file name or content is ever
// logged: lines carry ids, codes, sizes and durations only.
import pino from 'pino';
import type { Config } from '#shared/config.ts';

export type Log = pino.Logger;

/** `role` is which process this is (`api`, `worker`). */
export function createLog(config: Pick<Config, 'logLevel'>, role: string): Log {
  // Node's own stream: a full disk under it costs lines, where pino's would wait for room and stop the process meanwhile.
  process.stdout.on('error', () => undefined);
  const options: pino.LoggerOptions = {
    level: config.logLevel,
    base: { role, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(options, process.stdout);
}
