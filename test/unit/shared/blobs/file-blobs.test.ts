// What only the file driver has: temporary files, symbolic links, folders left empty.
import { expect } from 'chai';
import fs from 'node:fs';
import path from 'node:path';
import type { BlobStore } from '#shared/blobs/blob-store.ts';
import { openFileBlobs } from '#shared/blobs/file-blobs.ts';
import { rejection } from '#test/support/rejection.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

describe('blobs in files', () => {
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let store: BlobStore;
  let root: string;
  const temporaryFiles = (): string[] => fs.readdirSync(path.join(root, '.tmp'));

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    root = path.join(folder.path, 'blobs');
    store = await openFileBlobs({ dataDir: folder.path });
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it('leaves no temporary file, whether a write succeeds or fails', async () => {
    await store.write('a/b', text('x'));
    // A folder stands where the blob should go.
    expect(await rejection(store.write('a', text('x')))).to.be.an('error');
    // A blob stands where a folder should go.
    expect(await rejection(store.write('a/b/c', text('x')))).to.be.an('error');
    expect(await rejection(store.write('x'.repeat(300), text('x')))).to.be.an('error');
    expect(temporaryFiles()).to.deep.equal([]);
  });

  it('sweeps temporary files that are older than a day when it opens, and no others', async () => {
    const old = path.join(root, '.tmp', 'old');
    fs.writeFileSync(old, 'left by a kill');
    fs.writeFileSync(path.join(root, '.tmp', 'young'), 'being written');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    fs.utimesSync(old, twoDaysAgo, twoDaysAgo);
    await (await openFileBlobs({ dataDir: folder.path })).close();
    expect(temporaryFiles()).to.deep.equal(['young']);
  });

  it('removes folders that became empty, up to its own', async () => {
    await store.write('a/b/c/d', text('x'));
    await store.delete('a/b/c/d');
    expect(fs.readdirSync(root)).to.deep.equal(['.tmp']);
  });

  it('removes folders that a killed writer left empty once it comes across them', async () => {
    fs.mkdirSync(path.join(root, 'a/empty/inside'), { recursive: true });
    await store.write('a/full/blob', text('x'));
    expect(await store.folders('a/')).to.deep.equal(['full']);
    expect(fs.readdirSync(path.join(root, 'a'))).to.deep.equal(['full']);
  });

  it('keeps what it makes to its own user', async () => {
    await store.write('a/b', text('x'));
    for (const name of ['', 'a', 'a/b']) expect(fs.statSync(path.join(root, name)).mode & 0o077).to.equal(0);
  });

  it('may be reached through a symbolic link', async () => {
    const link = path.join(folder.path, 'link');
    fs.symlinkSync(folder.path, link);
    const linked = await openFileBlobs({ dataDir: link });
    await linked.write('a/b', text('x'));
    expect(await store.stat('a/b')).to.deep.equal({ path: 'a/b', bytes: 1 });
    await linked.close();
  });

  describe('with symbolic links inside', () => {
    let outside: string;
    beforeEach(() => {
      outside = path.join(folder.path, 'outside');
      fs.mkdirSync(path.join(outside, 'below'), { recursive: true });
      fs.writeFileSync(path.join(outside, 'below', 'secret'), 'secret');
      fs.mkdirSync(path.join(root, 'a'));
      fs.symlinkSync(outside, path.join(root, 'a', 'folder'));
      fs.symlinkSync(path.join(outside, 'below', 'secret'), path.join(root, 'a', 'file'));
    });
    const links = ['a/file', 'a/folder/below/secret'];

    it('reads and lists nothing through them', async () => {
      for (const link of links) {
        expect(await store.read(link)).to.equal(undefined);
        expect(await store.stat(link)).to.equal(undefined);
      }
      for (const prefix of ['', 'a/', 'a/folder/', 'a/folder/below/'])
        expect((await store.list(prefix, { limit: 10 })).blobs).to.deep.equal([]);
      expect(await store.folders('a/folder/')).to.deep.equal([]);
    });

    it('writes and deletes nothing through them', async () => {
      for (const at of ['a/folder/new', 'a/folder/deep/new', 'a/folder/below/secret'])
        expect(await rejection(store.write(at, text('x')))).to.be.an('error');
      for (const link of links) await store.delete(link);
      expect(fs.readdirSync(outside)).to.deep.equal(['below']);
      expect(fs.readFileSync(path.join(outside, 'below', 'secret'), 'utf8')).to.equal('secret');
    });

    it('replaces a link to a file by the blob itself', async () => {
      await store.write('a/file', text('blob'));
      expect(await store.stat('a/file')).to.deep.equal({ path: 'a/file', bytes: 4 });
      expect(fs.readFileSync(path.join(outside, 'below', 'secret'), 'utf8')).to.equal('secret');
    });
  });
});
