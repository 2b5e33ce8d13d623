// A runner that misbehaves as its task tells it, to show what a slot makes of it. The name of the operation
// says how; replies are written as the real runner writes them.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { RunCommand } from '#worker/sandbox/protocol.ts';

function say(reply: unknown): void {
  fs.writeSync(3, typeof reply === 'string' ? reply : `${JSON.stringify(reply)}\n`);
}

function succeed(folder: string, content = ''): void {
  fs.writeFileSync(path.join(folder, 'out', '0'), content);
  claimResult();
}

function claimResult(): void {
  say({ type: 'succeeded', results: [{ index: 0, name: 'a.txt', mediaType: 'text/plain' }], warnings: [] });
}

const manners: Readonly<Record<string, (folder: string) => void>> = {
  'answer-well': (folder) => succeed(folder, 'well'),
  'tell-pid': (folder) => succeed(folder, String(process.pid)),
  'tell-environment': (folder) => succeed(folder, JSON.stringify(process.env)),
  'progress-backwards': (folder) => {
    for (const progress of [0.5, 0.25, 1]) say({ type: 'progress', progress });
    succeed(folder);
  },
  hang: () => say({ type: 'progress', progress: 0.5 }),
  'hang-with-child': (folder) => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    fs.writeFileSync(path.join(folder, 'work', 'child'), String(child.pid));
    say({ type: 'progress', progress: 0.5 });
  },
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  'exit-well': () => process.exit(0),
  'close-its-mouth': () => fs.closeSync(3),
  'speak-nonsense': () => say('what?\n'),
  'never-end-a-line': () => {
    for (;;) say('x'.repeat(64 * 1024));
  },
  'claim-nothing-there': () => claimResult(),
  'claim-odd-name': () =>
    say({ type: 'succeeded', results: [{ index: 0, name: '../a', mediaType: 'text/plain' }], warnings: [] }),
  'link-a-result': (folder) => {
    fs.symlinkSync('/etc/passwd', path.join(folder, 'out', '0'));
    claimResult();
  },
  'link-the-folder': (folder) => {
    fs.rmdirSync(path.join(folder, 'out'));
    fs.mkdirSync(path.join(folder, 'work', 'elsewhere'));
    fs.writeFileSync(path.join(folder, 'work', 'elsewhere', '0'), 'elsewhere');
    fs.symlinkSync(path.join(folder, 'work', 'elsewhere'), path.join(folder, 'out'));
    claimResult();
  },
  'share-a-result': (folder) => {
    fs.linkSync(path.join(folder, 'in', '0'), path.join(folder, 'out', '0'));
    claimResult();
  },
  'leave-a-folder': (folder) => {
    fs.mkdirSync(path.join(folder, 'out', '0'));
    claimResult();
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const command = JSON.parse(line) as RunCommand;
  manners[command.steps[0]?.operation ?? '']?.(command.folder);
});
say({ type: 'ready' });
