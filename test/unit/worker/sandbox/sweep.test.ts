// What a crashed worker left is removed, and nothing of a worker that still lives.
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { findProcess } from '#worker/sandbox/process-table.ts';
import { makeSlotFolder } from '#worker/sandbox/slot-folder.ts';
import { folderOwner, sweep } from '#worker/sandbox/sweep.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

describe('the sweep of the scratch folder', () => {
  let scratch: ReturnType<typeof makeTemporaryFolder>;
  beforeEach(() => (scratch = makeTemporaryFolder()));
  afterEach(() => scratch.remove());

  const own = () => folderOwner();
  const make = (name: string) => {
    fs.mkdirSync(path.join(scratch.path, name, 'in'), { recursive: true });
    fs.writeFileSync(path.join(scratch.path, name, 'in', '0'), 'left');
    return name;
  };

  it('removes folders of processes that are gone', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    const [, namespace] = own().split('-');
    const left = make(`slot-${namespace}-${child.pid}-1-abcdef`);
    expect(await sweep(scratch.path)).to.deep.equal([left]);
    expect(fs.readdirSync(scratch.path)).to.deep.equal([]);
  });

  it('removes folders whose pid means another process now', async () => {
    const self = findProcess();
    const left = make(`${own().replace(`-${self?.startTime}`, '-12')}-abcdef`);
    expect(await sweep(scratch.path)).to.deep.equal([left]);
  });

  it('keeps folders of processes that live, this one and others', async () => {
    const folder = path.basename(await makeSlotFolder(scratch.path));
    const parent = findProcess(process.ppid);
    const [, namespace] = own().split('-');
    const other = make(`slot-${namespace}-${parent?.pid}-${parent?.startTime}-abcdef`);
    expect(await sweep(scratch.path)).to.deep.equal([]);
    expect(fs.readdirSync(scratch.path).toSorted()).to.deep.equal([folder, other].toSorted());
  });

  it('keeps what it cannot judge: other containers’ folders, other names', async () => {
    const kept = [make('slot-1-999999-1-abcdef'), make('slot-x'), make('important')];
    expect(await sweep(scratch.path)).to.deep.equal([]);
    expect(fs.readdirSync(scratch.path).toSorted()).to.deep.equal(kept.toSorted());
  });

  it('has nothing to do where there is no folder yet', async () => {
    expect(await sweep(path.join(scratch.path, 'absent'))).to.deep.equal([]);
  });
});
