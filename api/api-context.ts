// What the routes are handed: the context, and whether this node is being stopped.
import type { Context } from '#shared/context.ts';

export interface ApiContext extends Context {
  /** Aborts when the node begins to drain: it is no longer ready, and nobody is kept waiting. */
  readonly draining: AbortSignal;
}
