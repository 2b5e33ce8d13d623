// Protects: where the sandbox does not work, the operator is told, and a worker that must have it does not start.
import { expect } from 'chai';
import type { Log } from '#shared/log.ts';
import { rejection } from '#test/support/rejection.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { chooseConfinement } from '#worker/sandbox/choose-confinement.ts';

describe('the sandbox where bubblewrap does not work', () => {
  const path0 = process.env['PATH'];
  let empty: ReturnType<typeof makeTemporaryFolder>;
  let warned: unknown[];
  const log = { warn: (...words: unknown[]) => void warned.push(words) } as unknown as Log;

  beforeEach(() => {
    warned = [];
    empty = makeTemporaryFolder();
    process.env['PATH'] = empty.path;
  });
  afterEach(() => {
    process.env['PATH'] = path0;
    empty.remove();
  });

  it('is done without, and said so, when it is chosen automatically', async () => {
    expect(await chooseConfinement('auto', log)).to.equal(undefined);
    expect(JSON.stringify(warned)).to.contain('without a sandbox');
  });

  it('is an error in words when it is required', async () => {
    const error = await rejection(chooseConfinement('required', log));
    expect(error)
      .to.be.an('error')
      .with.property('message')
      .that.matches(/SANDBOX is required.*bubblewrap/);
  });

  it('is said to be off when it is off', async () => {
    expect(await chooseConfinement('off', log)).to.equal(undefined);
    expect(warned).to.have.length(1);
  });
});
