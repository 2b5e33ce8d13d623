// The log file of one child: appended to, set aside once it has grown large, searched for what went wrong.
import fs from 'node:fs';

const setAsideBytes = 16 * 1024 * 1024;
const tailBytes = 32 * 1024;
const lineCharactersMax = 400;
const troubled = new Set(['warn', 'error', 'fatal']);

/** Opens for appending; the caller closes the descriptor. An overgrown log becomes `{file}.1` first. */
export function openChildLog(file: string): number {
  if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > setAsideBytes)
    fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a', 0o600);
}

export function sizeOfChildLog(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The last thing after `from` (bytes) that tells of a problem: a JSON line of level warn and up, or plain words that
 * are not mere news. Words that announce a list ("…:") come with the list.
 */
export function findLastError(file: string, from: number): string {
  const lines = readTail(file, from).split('\n');
  const index = lines.findLastIndex((line) => describeProblem(line) !== undefined);
  const problem = describeProblem(lines[index] ?? '') ?? '';
  const rest = lines.slice(index + 1).map((line) => line.trim());
  const told = problem.endsWith(':') ? `${problem} ${rest.filter(Boolean).join('; ')}` : problem;
  return told.slice(0, lineCharactersMax);
}

function readTail(file: string, from: number): string {
  const end = sizeOfChildLog(file);
  const begin = from > end ? 0 : from;
  const start = Math.max(begin, end - tailBytes);
  const bytes = Buffer.alloc(end - start);
  if (bytes.length === 0) return '';
  const descriptor = fs.openSync(file, 'r');
  try {
    const text = bytes.subarray(0, fs.readSync(descriptor, bytes, 0, bytes.length, start)).toString('utf8');
    // A line that was cut at its front says something else than it did.
    return start === begin ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    fs.closeSync(descriptor);
  }
}

// What is indented (stack frames, members of an error) belongs to a line above it that says more; so it is with
// HAProxy's farewell.
const noise =
  /^(\s|Node\.js v|[{}[\]^~]*$|throw |file:\/\/|\[(NOTICE|WARNING)\]|.*(Some protocols failed to start|All workers exited|Current worker))/;

function describeProblem(line: string): string | undefined {
  if (line.startsWith('{"')) return describeEntry(line);
  return noise.test(line) ? undefined : line.trim();
}

function describeEntry(line: string): string | undefined {
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown; error?: { message?: unknown } };
    if (typeof entry.level !== 'string' || !troubled.has(entry.level)) return undefined;
    return [entry.msg, entry.error?.message].filter((part) => typeof part === 'string').join(': ') || line;
  } catch {
    return line;
  }
}
