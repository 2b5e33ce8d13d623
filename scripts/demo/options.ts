// What quickstart can be told on its command line.
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Failure } from '#scripts/failure.ts';
import { projectDir } from '#scripts/platform/processes.ts';
import { backends, type BackendName } from '#shared/config.ts';

export const help = `Usage: scripts/quickstart [options]

Installs what is missing, starts HAProxy, api nodes and workers on this machine, converts two sample files
through them and stays up until Ctrl-C (a second Ctrl-C does not wait for work to end).

  --once           stop everything after the conversions; the exit code tells whether all went well
  --backend NAME   where queue, files and records are kept: ${Object.keys(backends).join(', ')} (default: local)
  --api N          api nodes, 1 to 8 (default: 2)
  --workers N      workers, 1 to 64 (default: 2)
  --port P         the port to serve on; 0 takes any that is free (default: 8080)
  --data DIR       where everything is kept, logs and results too (default: .data in the project's folder)
  --yes            install missing system packages without asking
  --help           this text
`;

export interface QuickstartOptions {
  readonly once: boolean;
  readonly backend: BackendName;
  readonly apis: number;
  readonly workers: number;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly yes: boolean;
}

/** Throws Failure, in one line, for anything it does not understand. */
export function parseOptions(args: readonly string[]): QuickstartOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  if (!Object.hasOwn(backends, values.backend))
    throw new Failure(
      `--backend: expected one of ${Object.keys(backends).join(', ')}; found "${values.backend}"`,
    );
  return {
    once: values.once,
    backend: values.backend as BackendName,
    apis: whole('--api', values.api, 1, 8),
    workers: whole('--workers', values.workers, 1, 64),
    port: whole('--port', values.port, 0, 65_535),
    dataDir: values.data === undefined ? path.join(projectDir, '.data') : path.resolve(values.data || '.'),
    yes: values.yes,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        backend: { type: 'string', default: 'local' },
        api: { type: 'string', default: '2' },
        workers: { type: 'string', default: '2' },
        port: { type: 'string', default: '8080' },
        data: { type: 'string' },
        yes: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('\n').map((line) => line.split('. ')[0]);
    throw new Failure(
      `${sentence.replace(/\.$/, '')}; see scripts/${path.basename(process.argv[1] ?? '', '.ts')} --help`,
    );
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new Failure(`${option}: expected a whole number from ${least} to ${most}; found "${text}"`);
  return value;
}
