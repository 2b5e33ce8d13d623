// A command cannot go on, for a reason its user can understand: the message is the one line they see.
// Anything else that is thrown is a defect and shows its stack.

export class Failure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
  }
}

/** What to print of anything thrown. */
export function describeFailure(error: unknown): string {
  if (error instanceof Failure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
