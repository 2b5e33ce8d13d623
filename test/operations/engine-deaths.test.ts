// Engines hang, crash, leave processes behind, or are not there; and workers are killed while engines run. The
// worker gets the right outcome each time, and no process outlives its slot.
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#shared/clock.ts';
import { findProcess } from '#worker/sandbox/process-table.ts';
import { openSlot } from '#worker/sandbox/slot.ts';
import { sweep } from '#worker/sandbox/sweep.ts';
import { openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';
import { until } from '#test/support/until.ts';

const holder = fileURLToPath(new URL('../support/hold-slot.ts', import.meta.url));

/** Running processes whose command line holds the word; what has ended is left out. */
function findByCommand(word: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => findProcess(Number(pid))?.ended === false)
    .filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('when LibreOffice', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let slot: OperationSlot | undefined;
  const path0 = process.env['PATH'] ?? '';

  beforeEach(() => (folder = makeTemporaryFolder()));
  afterEach(async () => {
    process.env['PATH'] = path0;
    await slot?.close();
    slot = undefined;
    folder.remove();
  });

  /** A slot whose `soffice` is this shell script; `$pids` is a file it may note process ids in. */
  async function openWith(script: string): Promise<OperationSlot> {
    writeOffice(script);
    slot = await openOperationSlot(false);
    return slot;
  }

  function writeOffice(script: string): void {
    const program = path.join(folder.path, 'soffice');
    fs.writeFileSync(program, `#!/bin/sh\npids='${folder.path}/pids'\n${script}\n`, { mode: 0o755 });
    process.env['PATH'] = `${folder.path}:${path0}`;
  }

  const notedPids = () =>
    fs.readFileSync(path.join(folder.path, 'pids'), 'utf8').trim().split('\n').map(Number);
  const file = { name: 'a.txt', bytes: 'text' };

  it('crashes, the job fails as a crash that may be tried again', async () => {
    const { refuse } = await openWith('kill -SEGV $$');
    expect(await refuse('convert-to-pdf', {}, file)).to.deep.include({
      code: 'engine_crashed',
      fault: 'engine',
      retryable: true,
    });
  });

  it('is killed inside its own start script, it is a crash too', async () => {
    const { refuse } = await openWith('sh -c "kill -KILL \\$\\$"; exit $?');
    expect((await refuse('convert-to-pdf', {}, file)).code).to.equal('engine_crashed');
  });

  it('says that it cannot load the file, the file is damaged', async () => {
    const { refuse } = await openWith('echo "Error: source file could not be loaded" >&2');
    expect(await refuse('convert-to-pdf', {}, file)).to.deep.include({
      code: 'corrupt_file',
      fault: 'input',
    });
  });

  it('fails in another way, it is the engine’s fault', async () => {
    const { refuse } = await openWith('echo "no space left" >&2; exit 3');
    const error = await refuse('convert-to-pdf', {}, file);
    expect(error).to.deep.include({ code: 'engine_failed', fault: 'engine' });
    expect(JSON.stringify(error)).not.to.contain('no space left');
  });

  it('is not installed, that is what the error says', async () => {
    for (const tool of ['sh', 'ls', 'head']) {
      fs.symlinkSync(fs.realpathSync(`/bin/${tool}`), path.join(folder.path, tool));
    }
    process.env['PATH'] = folder.path;
    slot = await openOperationSlot(false);
    const error = await slot.refuse('convert-to-pdf', {}, file);
    expect(error.code).to.equal('engine_failed');
    expect(error.detail).to.contain('LibreOffice is not available');
  });

  it('prints harmless words about errors, the result counts all the same', async () => {
    // The last argument is the document; the result has its name.
    const { convert } = await openWith(
      'echo "GLib error: nothing to worry about" >&2; for last; do :; done; echo "%PDF-1.4" > "${last%.txt}.pdf"',
    );
    expect((await convert('convert-to-pdf', {}, file)).bytes.toString()).to.equal('%PDF-1.4\n');
  });

  it('writes something that is no PDF, the job fails', async () => {
    const { refuse } = await openWith('for last; do :; done; echo "<html>" > "${last%.txt}.pdf"');
    expect((await refuse('convert-to-pdf', {}, file)).code).to.equal('engine_failed');
  });

  it('leaves processes behind, they are gone before the next job', async () => {
    const { convert } = await openWith(
      'sleep 1000 & echo $! >> "$pids"; for last; do :; done; echo "%PDF-1.4" > "${last%.txt}.pdf"',
    );
    await convert('convert-to-pdf', {}, file);
    for (const pid of notedPids()) expect(findProcess(pid)?.ended ?? true).to.equal(true);
  });

  it('hangs, it is killed with the slot at the deadline, and the next job runs', async () => {
    let passDeadline = () => {};
    const clock: Clock = {
      now: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          passDeadline = resolve;
          signal?.addEventListener('abort', () => resolve());
        }),
    };
    writeOffice('echo $$ >> "$pids"; exec sleep 1000');
    const bare = await openSlot({ scratchDir: path.join(folder.path, 'scratch'), clock });
    try {
      const run = async (operation: string, params: Record<string, unknown>, bytes: string) => {
        fs.writeFileSync(path.join(await bare.prepare(), 'in', '0'), bytes);
        const options = { deadlineMs: 1, signal: new AbortController().signal, onProgress: () => {} };
        return await bare.run({ inputs: [{ name: 'a.txt' }], steps: [{ operation, params }] }, options);
      };
      const hanging = run('convert-to-pdf', {}, 'text');
      await until('it hangs', () => fs.existsSync(path.join(folder.path, 'pids')));
      passDeadline();
      expect(await hanging).to.have.nested.property('error.code', 'engine_timeout');
      await until('it has ended', () => notedPids().every((pid) => findProcess(pid)?.ended ?? true));
      const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
      expect(await run('convert-image', { format: 'png' }, svg)).to.have.property('type', 'succeeded');
    } finally {
      await bare.close();
    }
  });

  it('is at work and its worker is killed, both are gone, and the sweep finds what they left', async () => {
    const document = path.join(folder.path, 'long.txt');
    fs.writeFileSync(document, 'A line of a text that takes a while.\n'.repeat(200_000));
    const scratch = path.join(folder.path, 'scratch');
    const worker = spawn(process.execPath, [holder, scratch, document], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(worker, 'exit');
    const offices = await until('LibreOffice runs', () => findOffices(worker.pid ?? 0));
    worker.kill('SIGKILL');
    await ended;
    const runs = (pid: number) => findProcess(pid)?.ended === false;
    await until('nothing of it runs', () => !offices.some(runs) && findByCommand(scratch).length === 0);
    expect(fs.readdirSync(scratch)).to.have.length(1);
    expect(await sweep(scratch)).to.have.length(1);
    expect(fs.readdirSync(scratch)).to.deep.equal([]);
  });

  /** Below this process; inside a sandbox its command line does not tell whose it is. Undefined when there is none. */
  function findOffices(worker: number): number[] | undefined {
    const found = findByCommand('soffice.bin').filter((pid) => ancestorsOf(pid).includes(worker));
    return found.length > 0 ? found : undefined;
  }

  function ancestorsOf(pid: number): number[] {
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      return parent > 1 ? [parent, ...ancestorsOf(parent)] : [];
    } catch {
      return [];
    }
  }
});
