// Job ids: 12 hexadecimal digits of inverted time, so that a partition lists its newest jobs first, and 20
// random ones, so that none can be guessed or made twice.
import type { Chance } from '#shared/clock.ts';

const timeDigits = 12;
const randomDigits = 20;
const timeMax = 16 ** timeDigits - 1;
const idPattern = /^[0-9a-f]{32}$/;

export function createJobId(nowMs: number, chance: Chance): string {
  return (timeMax - nowMs).toString(16).padStart(timeDigits, '0') + chance.hex(randomDigits);
}

export function isJobId(text: string): boolean {
  return idPattern.test(text);
}

/** When the id was made, in milliseconds since the epoch: the start of the upload, not the acceptance. */
export function timeOfJobId(id: string): number {
  return timeMax - Number.parseInt(id.slice(0, timeDigits), 16);
}
