// Configuration: a pure function of the environment. Every problem is reported at once, by variable, with
// what was expected and what was found (never a secret's value). Durations end in _SECONDS, sizes in _BYTES.
//
// Every variable is listed in .env.example, which a test holds against this file.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { blobDrivers } from '#shared/blobs/drivers.ts';
import { lanes } from '#shared/queue/job-queue.ts';
import { queueDrivers } from '#shared/queue/drivers.ts';
import { recordDrivers } from '#shared/records/drivers.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Drivers a backend is made of; each can be replaced by itself with QUEUE, BLOBS or RECORDS. */
export const backends = {
  local: { queue: 'sqlite', blobs: 'files', records: 'sqlite' },
} as const;
export type BackendName = keyof typeof backends;

const names = <Name extends string>(table: Readonly<Record<Name, unknown>>) =>
  z.enum(Object.keys(table) as [Name, ...Name[]]);
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
const gibibyte = 1024 ** 3;

const schema = z.object({
  BACKEND: names(backends).default('local').describe('The preset of drivers.'),
  QUEUE: names(queueDrivers).optional().describe('Replaces the backend’s queue driver.'),
  BLOBS: names(blobDrivers).optional().describe('Replaces the backend’s blob driver.'),
  RECORDS: names(recordDrivers).optional().describe('Replaces the backend’s record driver.'),
  DATA_DIR: z.string().min(1).default('.data').describe('Where the local drivers keep everything.'),

  HOST: z.string().min(1).default('127.0.0.1').describe('The address the api listens on.'),
  PORT: whole(0, 65535).default(8080).describe('The port the api listens on; 0 takes a free one.'),
  SOCKET: z
    .string()
    .min(1)
    .optional()
    .describe('A unix socket for the api to listen on, instead of HOST and PORT.'),
  EDGE_HOST: z
    .string()
    .min(1)
    .optional()
    .describe('The address that whatever stands in front of the api listens on; HOST when nothing does.'),
  METRICS_PORT: whole(0, 65535)
    .optional()
    .describe('Serves /metrics on loopback at this port (0: a free one); absent: off.'),

  REGISTRATION: z
    .enum(['open', 'invite', 'closed'])
    .default('closed')
    .describe(
      'Who may register: anyone (only when everything listens on loopback), holders of an invite, no one.',
    ),
  INVITE_TOKENS: list.default([]).describe('Secret. Comma-separated; each at least 16 characters.'),

  MONTHLY_ALLOWANCE_CREDITS: whole(0, 1e12)
    .default(100_000)
    .describe('Credits an account gets each calendar month.'),
  FILE_BYTES_MAX: whole(1, 64 * gibibyte)
    .default(2 * gibibyte)
    .describe('The largest input file.'),
  REQUEST_BYTES_MAX: whole(1, 64 * gibibyte)
    .default(2 * gibibyte + 1024 ** 2)
    .describe('The largest request body.'),
  INPUTS_MAX: whole(1, 50).default(50).describe('Input files of one job.'),
  JOB_TTL_SECONDS: whole(60, 30 * 86_400)
    .default(86_400)
    .describe('How long a job and its results are kept.'),
  TRANSFER_SECONDS_MAX: whole(1, 86_400).default(3600).describe('The longest upload or download.'),
  WAIT_SECONDS_MAX: whole(0, 600).default(60).describe('The longest that `Prefer: wait` is honoured.'),

  LEASE_SECONDS: whole(1, 3600).default(30).describe('How long a claim holds unrenewed.'),
  ATTEMPTS_MAX: whole(1, 100).default(3).describe('Engine and platform failures before a job fails.'),
  LOST_CLAIMS_MAX: whole(1, 100).default(10).describe('Leases that may run out before a job fails.'),
  DRAIN_SECONDS: whole(0, 3600)
    .default(30)
    .describe('How long a process that was told to stop finishes its work.'),
  READY_FALL_SECONDS: whole(0, 600)
    .default(3)
    .describe('How long the api answers /readyz with 503 before it stops listening.'),

  WORKER_LANES: list
    .pipe(z.array(z.enum(lanes as unknown as ['documents', 'images'])).min(1))
    .default([...lanes])
    .describe('Comma-separated lanes this worker serves.'),
  SLOTS_DOCUMENTS: whole(1, 256)
    .default(Math.max(1, os.availableParallelism()))
    .describe('Jobs at once in the documents lane.'),
  SLOTS_IMAGES: whole(1, 256)
    .default(Math.max(1, os.availableParallelism()))
    .describe('Jobs at once in the images lane.'),
  SANDBOX: z
    .enum(['auto', 'required', 'off'])
    .default('auto')
    .describe('Whether conversions are confined by bubblewrap: where it works, always or not at all, never.'),
  SCRATCH_DIR: z
    .string()
    .min(1)
    .default(path.join(os.tmpdir(), 'millrace'))
    .describe('Working folders of jobs; swept at start.'),
  CLEANUP_INTERVAL_SECONDS: whole(1, 86_400)
    .default(300)
    .describe('How often the workers, one of them at a time, clean up.'),

  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
});

/** Variables whose value may come from a file instead, and is never shown. */
export const secretVariables: readonly string[] = ['INVITE_TOKENS'];
export const variables: readonly string[] = Object.keys(schema.shape);

type Values = z.output<typeof schema>;

export interface Config {
  readonly backend: BackendName;
  readonly drivers: {
    readonly queue: keyof typeof queueDrivers;
    readonly blobs: keyof typeof blobDrivers;
    readonly records: keyof typeof recordDrivers;
  };
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number; readonly socket: string | undefined };
  readonly metricsPort: number | undefined;
  readonly registration: { readonly mode: Values['REGISTRATION']; readonly invites: readonly string[] };
  readonly monthlyAllowanceCredits: number;
  readonly limits: {
    readonly fileBytesMax: number;
    readonly requestBytesMax: number;
    readonly inputsMax: number;
    readonly transferSecondsMax: number;
    readonly waitSecondsMax: number;
  };
  readonly jobs: {
    readonly ttlSeconds: number;
    readonly leaseSeconds: number;
    readonly attemptsMax: number;
    readonly lostClaimsMax: number;
  };
  readonly shutdown: { readonly drainSeconds: number; readonly readyFallSeconds: number };
  readonly worker: {
    readonly lanes: Values['WORKER_LANES'];
    readonly slots: { readonly documents: number; readonly images: number };
    readonly sandbox: Values['SANDBOX'];
    readonly scratchDir: string;
  };
  readonly cleanup: { readonly intervalSeconds: number };
  readonly logLevel: Values['LOG_LEVEL'];
}

/** Lists every problem, one a line; safe to print. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** Throws ConfigError. Reads no file but those that `NAME_FILE` of a secret names. */
export function parseConfig(environment: Environment): Config {
  const { values, problems } = withSecretFiles(environment);
  const parsed = schema.safeParse(values);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => describeIssue(issue, values)));
  else problems.push(...contradictions(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

function withSecretFiles(environment: Environment) {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  // An empty variable is an absent one: compose files and unit files write `NAME=` for "not set".
  for (const name of variables) if (environment[name]) values[name] = environment[name];
  for (const name of secretVariables) {
    const file = environment[`${name}_FILE`];
    if (!file) continue;
    if (values[name] !== undefined) problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
    try {
      values[name] = fs.readFileSync(file, 'utf8').trim();
    } catch {
      problems.push(`${name}_FILE: expected a file that can be read, found none at ${file}`);
    }
  }
  return { values, problems };
}

function describeIssue(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  const found = secretVariables.includes(name)
    ? 'a value that is not shown'
    : JSON.stringify(values[name] ?? '');
  return `${name}: ${issue.message}; found ${found}`;
}

function contradictions(values: Values): string[] {
  const problems: string[] = [];
  const edge = values.EDGE_HOST ?? (values.SOCKET === undefined ? values.HOST : '127.0.0.1');
  if (
    values.REGISTRATION === 'open' &&
    !(isLoopback(edge) && (values.SOCKET !== undefined || isLoopback(values.HOST)))
  )
    problems.push(
      `REGISTRATION: "open" needs HOST and EDGE_HOST on loopback; found ${values.HOST} and ${edge}`,
    );
  if (values.REGISTRATION === 'invite' && values.INVITE_TOKENS.length === 0)
    problems.push('INVITE_TOKENS: expected at least one token because REGISTRATION is "invite"; found none');
  if (values.INVITE_TOKENS.some((token) => token.length < 16))
    problems.push('INVITE_TOKENS: expected tokens of at least 16 characters; found a shorter one');
  if (values.FILE_BYTES_MAX > values.REQUEST_BYTES_MAX)
    problems.push(
      `FILE_BYTES_MAX: expected at most REQUEST_BYTES_MAX (${values.REQUEST_BYTES_MAX}); found ${values.FILE_BYTES_MAX}`,
    );
  return problems;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function toConfig(values: Values): Config {
  const preset = backends[values.BACKEND];
  return {
    backend: values.BACKEND,
    drivers: {
      queue: values.QUEUE ?? preset.queue,
      blobs: values.BLOBS ?? preset.blobs,
      records: values.RECORDS ?? preset.records,
    },
    dataDir: path.resolve(values.DATA_DIR),
    listen: { host: values.HOST, port: values.PORT, socket: values.SOCKET },
    metricsPort: values.METRICS_PORT,
    registration: { mode: values.REGISTRATION, invites: values.INVITE_TOKENS },
    monthlyAllowanceCredits: values.MONTHLY_ALLOWANCE_CREDITS,
    limits: {
      fileBytesMax: values.FILE_BYTES_MAX,
      requestBytesMax: values.REQUEST_BYTES_MAX,
      inputsMax: values.INPUTS_MAX,
      transferSecondsMax: values.TRANSFER_SECONDS_MAX,
      waitSecondsMax: values.WAIT_SECONDS_MAX,
    },
    jobs: {
      ttlSeconds: values.JOB_TTL_SECONDS,
      leaseSeconds: values.LEASE_SECONDS,
      attemptsMax: values.ATTEMPTS_MAX,
      lostClaimsMax: values.LOST_CLAIMS_MAX,
    },
    shutdown: { drainSeconds: values.DRAIN_SECONDS, readyFallSeconds: values.READY_FALL_SECONDS },
    worker: {
      lanes: values.WORKER_LANES,
      slots: { documents: values.SLOTS_DOCUMENTS, images: values.SLOTS_IMAGES },
      sandbox: values.SANDBOX,
      scratchDir: path.resolve(values.SCRATCH_DIR),
    },
    cleanup: { intervalSeconds: values.CLEANUP_INTERVAL_SECONDS },
    logLevel: values.LOG_LEVEL,
  };
}
