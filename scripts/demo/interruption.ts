// Ctrl-C, a closed terminal or a service supervisor's SIGTERM: the first asks to stop, the second insists.
import process from 'node:process';

export interface Interruption {
  readonly first: Promise<'interrupted'>;
  readonly second: Promise<'insisted'>;
}

export function watchSignals(): Interruption {
  const first = Promise.withResolvers<'interrupted'>();
  const second = Promise.withResolvers<'insisted'>();
  let seen = 0;
  const onSignal = () => {
    seen += 1;
    if (seen === 1) first.resolve('interrupted');
    else second.resolve('insisted');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return { first: first.promise, second: second.promise };
}
