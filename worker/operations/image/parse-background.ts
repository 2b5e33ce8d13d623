// The background as sharp will read it. The contract checks the shape of a colour; whether `tomatto` is a
// colour only sharp can tell.
import { AppError } from '#shared/errors.ts';
import { sharp } from '#worker/engines/sharp.ts';

/** Throws `invalid_params`. */
export function parseBackground(background: string | undefined): string | undefined {
  if (background === undefined) return undefined;
  try {
    sharp({ create: { width: 1, height: 1, channels: 4, background } });
    return background;
  } catch {
    throw new AppError('invalid_params', {
      detail: `background: ${background} is not a colour.`,
      hint: 'Give a CSS colour such as #ffffff, white or rgb(255, 255, 255).',
      extra: { param: 'background' },
    });
  }
}
