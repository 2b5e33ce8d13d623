// Sending bytes to a client that may be slow, stop or go away: the source is closed whatever happens, and what cannot be
// sent whole is cut off, never ended as if it were.
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Response } from 'express';
import type { ApiContext } from '../api-context.ts';

/** A client that takes nothing for this long has gone. */
const stalledMs = 60_000;

/** Resolves once all is sent or the client has gone; rejects when the source fails. */
export async function sendDownload(
  { config }: ApiContext,
  response: Response,
  source: Readable,
): Promise<void> {
  const { socket } = response;
  const giveUp = (): void => void response.destroy();
  socket?.setTimeout(stalledMs, giveUp);
  const timer = setTimeout(giveUp, config.limits.transferSecondsMax * 1000);
  try {
    await pipeline(source, response);
  } catch (error) {
    if (!isClientGone(error)) throw error;
  } finally {
    clearTimeout(timer);
    socket?.setTimeout(0);
    socket?.off('timeout', giveUp);
  }
}

function isClientGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
