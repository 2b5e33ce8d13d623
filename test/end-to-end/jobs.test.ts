// Protects the whole way of a job, with every real part: client, HAProxy, api, queue, worker, LibreOffice and sharp.
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import sharp from 'sharp';
import { register } from '#scripts/demo/client.ts';
import { expectNoMessages, expectSettled } from '#test/support/expect-settled.ts';
import { openPlatform, type TestPlatform } from '#test/support/open-platform.ts';
import { letter, photo, ResoluteClient } from '#test/support/resolute-client.ts';

describe('a job, end to end', function () {
  this.timeout(120_000);
  let opened: TestPlatform;
  before(async () => {
    opened = await openPlatform();
  });
  after(async () => await opened.remove());

  it('turns a letter into a PDF and a photo into a thumbnail, each charged once', async () => {
    const account = await register(opened.url);
    const client = new ResoluteClient(opened.url, account);
    const accepted = await Promise.all([client.submit(letter), client.submit(photo)]);
    const jobs = await Promise.all(accepted.map(({ id }) => client.waitFor(id)));
    expect(jobs.map(({ status }) => status)).to.deep.equal(['succeeded', 'succeeded']);
    expect(jobs.map(({ results: [result] }) => result?.name)).to.deep.equal(['letter.pdf', 'photo.webp']);
    const [pdf, webp] = await Promise.all(
      jobs.map(({ results: [result] }) => client.download(result ?? { url: '' })),
    );
    const words = execFileSync('pdftotext', ['-', '-'], { input: pdf, encoding: 'utf8' });
    expect(words).to.include('Ms Ada Example').and.to.include('1,440.00 €');
    expect(await sharp(webp).metadata()).to.include({ format: 'webp', width: 64, height: 40 });

    await opened.stop();
    await expectNoMessages(opened.dataDir);
    const settled = await expectSettled(opened.dataDir, account.account);
    expect(settled.map(({ status, attempts, lostClaims }) => [status, attempts, lostClaims])).to.deep.equal([
      ['succeeded', 0, 0],
      ['succeeded', 0, 0],
    ]);
  });
});
