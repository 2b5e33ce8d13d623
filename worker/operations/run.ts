// The shape of how an operation runs: files in, files out, inside the sandbox. It throws AppError with
// fault `input` for what the file or the params did, and `engine_*` for what the engine did.
import type { OperationName, ParamsOf } from '#shared/operations/catalogue.ts';

export interface StepFile {
  readonly path: string;
  /** For messages and result names; never used as a path. */
  readonly name: string;
  /** The true type, sniffed or known from the step that made it. */
  readonly mediaType: string;
}

export interface Step<Name extends OperationName> {
  readonly params: ParamsOf<Name>;
  readonly input: StepFile;
  /** An empty folder of this step's own for results and scratch. */
  readonly folder: string;
  /** Said to the client with the result. */
  readonly warn: (warning: string) => void;
}

export type Run<Name extends OperationName> = (step: Step<Name>) => Promise<readonly StepFile[]>;
