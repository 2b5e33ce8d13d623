// What the worker and the runner inside a slot say to each other, one JSON document a line: commands on the
// runner's standard input, replies on its file descriptor 3. The runner gets a folder and steps; it has no
// credentials and never sees an account, a key or a path of the storage.
import type { JobError, JobStep } from '#shared/job/job.ts';

/**
 * Folder layout, all flat:
 *   {folder}/in/{index}      the inputs, in order, named by index only
 *   {folder}/out/{index}     the results, named by index only
 *   {folder}/work/           scratch of the steps; TMPDIR and HOME point below it
 */
export interface RunCommand {
  readonly type: 'run';
  readonly folder: string;
  /** Names as the client gave them (made safe): for messages, result names and to tell text formats apart. */
  readonly inputs: readonly { readonly name: string }[];
  readonly steps: readonly JobStep[];
}

export type RunnerReply =
  /** Sent once, when the runner can take a command. */
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: number }
  | {
      readonly type: 'succeeded';
      readonly results: readonly RunnerResult[];
      readonly warnings: readonly string[];
    }
  | { readonly type: 'failed'; readonly error: JobError };

export interface RunnerResult {
  /** Of the file in `out/`. */
  readonly index: number;
  /** For the client: the input's base name with the result's extension. */
  readonly name: string;
  readonly mediaType: string;
}
