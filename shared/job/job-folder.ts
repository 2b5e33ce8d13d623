// Where a job's blobs are: `{shard}/{hour}/{account}/{job}/…`. The hour is that of its expiry, so that
// cleanup lists only hours that are past; the shard spreads one hour over sixteen listings.
//
//   request.json      steps and inputs: the payload, and cleanup's index of jobs
//   in/{index}        inputs, in a folder of their own hour: they are written before the expiry is known
//   out/{claim}/{index}   results, under the claim that made them
export interface JobFolder {
  readonly shard: string;
  /** `2026112016`: year, month, day, hour, in UTC. */
  readonly hour: string;
  readonly account: string;
  readonly job: string;
}

export const shards: readonly string[] = Array.from({ length: 16 }, (_, shard) => shard.toString(16));

export function hourOf(at: number): string {
  return new Date(at).toISOString().slice(0, 13).replaceAll(/\D/g, '');
}

/** The first millisecond after the hour. */
export function endOfHour(hour: string): number {
  const [year, month, day, hours] = [
    hour.slice(0, 4),
    hour.slice(4, 6),
    hour.slice(6, 8),
    hour.slice(8, 10),
  ].map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, (hours ?? 0) + 1);
}

export function folderOf(account: string, job: string, expiresAt: number): string {
  return `${job.slice(-1)}/${hourOf(expiresAt)}/${account}/${job}`;
}

export function requestPath(folder: string): string {
  return `${folder}/request.json`;
}

export function inputPath(inputsFolder: string, index: number): string {
  return `${inputsFolder}/in/${index}`;
}

/** All that one claim has stored. */
export function claimFolder(folder: string, claim: string): string {
  return `${folder}/out/${claim}`;
}

export function resultPath(folder: string, claim: string, index: number): string {
  return `${claimFolder(folder, claim)}/${index}`;
}
