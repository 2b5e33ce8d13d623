// Every kind of document that convert-to-pdf accepts becomes a PDF that says what the document says.
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { convertToPdf } from '#shared/operations/office/convert-to-pdf.ts';
import { extensionFor } from '#shared/operations/media-types.ts';
import { makeLetter } from '#test/samples/letter.ts';
import { makeDocx, makePptx, makeXlsx, paragraph } from '#test/samples/ooxml.ts';
import { makeOpenDocument, odgText, odpText, odsText, odtText } from '#test/samples/opendocument.ts';
import { openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';
import { countPdfPages, readPdfText } from '#test/support/read-pdf.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

const words = 'Grüße von der Mühle';

/** Office 97-2003 as LibreOffice writes it: nothing small enough could be written by hand. */
async function asLegacy(bytes: Buffer, from: string, to: string): Promise<Buffer> {
  const folder = makeTemporaryFolder();
  try {
    await fs.writeFile(path.join(folder.path, `a.${from}`), bytes);
    const profile = `-env:UserInstallation=file://${folder.path}/profile`;
    const rest = [
      '--headless',
      '--convert-to',
      to,
      '--outdir',
      folder.path,
      path.join(folder.path, `a.${from}`),
    ];
    await promisify(execFile)('soffice', [profile, ...rest]);
    return await fs.readFile(path.join(folder.path, `a.${to}`));
  } finally {
    folder.remove();
  }
}

const docx = () => makeDocx({ body: paragraph(words) });
const xlsx = () => makeXlsx([[1, words]]);

/** By extension: one document of each accepted kind, each with the same words. */
const documents: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  doc: async () => await asLegacy(await docx(), 'docx', 'doc'),
  docx,
  odt: () => makeOpenDocument(odtText(words)),
  rtf: () => Buffer.from(String.raw`{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe von der M\'fchle}`),
  xls: async () => await asLegacy(await xlsx(), 'xlsx', 'xls'),
  xlsx,
  ods: () => makeOpenDocument(odsText(words)),
  ppt: async () => await asLegacy(await makePptx(words), 'pptx', 'ppt'),
  pptx: () => makePptx(words),
  odp: () => makeOpenDocument(odpText(words)),
  odg: () => makeOpenDocument(odgText(words)),
  txt: () => Buffer.from(words),
  csv: () => Buffer.from(`${words},1\n`),
  html: () => Buffer.from(`<html><body><h1>${words}</h1></body></html>`),
};

describe('convert-to-pdf', function () {
  this.timeout(60_000);
  let slot: OperationSlot;
  before(async () => (slot = await openOperationSlot()));
  after(() => slot.close());

  async function textOf(name: string, bytes: Buffer | string): Promise<string> {
    const { bytes: pdf, mediaType, name: made } = await slot.convert('convert-to-pdf', {}, { name, bytes });
    expect(mediaType).to.equal('application/pdf');
    expect(made).to.equal(`${path.parse(name).name}.pdf`);
    expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-');
    return await readPdfText(pdf);
  }

  for (const extension of convertToPdf.accepts.map(extensionFor)) {
    it(`converts ${extension}`, async () => {
      const make = documents[extension];
      if (make === undefined) throw new Error(`no sample for ${extension}`);
      expect(await textOf(`Brief.${extension}`, await make())).to.contain(words);
    });
  }

  it('goes by what a document is, not by its name', async () => {
    expect(await textOf('picture.png', await docx())).to.contain(words);
    expect(await textOf('letter.doc', await xlsx())).to.contain(words);
  });

  it('takes templates, slide shows and documents with macros', async () => {
    for (const mainType of [
      'ms-word.document.macroEnabled.main+xml',
      'openxmlformats-officedocument.wordprocessingml.template.main+xml',
    ]) {
      expect(await textOf('a.docm', await makeDocx({ body: paragraph(words), mainType }))).to.contain(words);
    }
    const show = 'openxmlformats-officedocument.presentationml.slideshow.main+xml';
    expect(await textOf('a.ppsx', await makePptx(words, show))).to.contain(words);
    const workbook = 'ms-excel.sheet.macroEnabled.main+xml';
    expect(await textOf('a.xlsm', await makeXlsx([[words]], workbook))).to.contain(words);
    const template = await makeOpenDocument({ ...odtText(words), kind: 'text-template' });
    expect(await textOf('a.ott', template)).to.contain(words);
  });

  it('puts the letter on one page', async () => {
    const { bytes } = await slot.convert(
      'convert-to-pdf',
      {},
      { name: 'letter.docx', bytes: await makeLetter() },
    );
    expect(await countPdfPages(bytes)).to.equal(1);
    expect(await readPdfText(bytes)).to.match(/Oak planks.*444\.00 €/);
  });

  it('reads text in the encoding it is in', async () => {
    expect(await textOf('a.txt', Buffer.from(words, 'latin1'))).to.contain(words);
    expect(await textOf('a.txt', Buffer.from(`\u{feff}${words}`, 'utf16le'))).to.contain(words);
    expect(await textOf('a.csv', Buffer.from(`${words};2\n`, 'latin1'))).to.contain(words);
    const declared = (charset: string) =>
      `<html><head><meta charset="${charset}"></head><body>${words}</body></html>`;
    expect(await textOf('a.html', Buffer.from(declared('iso-8859-1'), 'latin1'))).to.contain(words);
    // What is good UTF-8 is UTF-8, whatever it says of itself.
    expect(await textOf('a.html', declared('iso-8859-1'))).to.contain(words);
  });

  for (const [what, separator] of Object.entries({ commas: ',', semicolons: ';', tabs: '\t', bars: '|' })) {
    it(`finds the columns of a table with ${what}`, async () => {
      const rows = [
        ['name', 'said', 'sum'],
        ['Ada', `"one${separator}two"`, '1.5'],
        ['Bo', '"a ""word"""', '2026-03-02'],
      ];
      const text = await textOf('table.csv', rows.map((row) => row.join(separator)).join('\r\n'));
      expect(text).to.match(/name +said +sum/);
      expect(text).to.contain('a "word"').and.contain('2026-03-02');
    });
  }

  it('keeps the order of many files and leaves no temporary file behind', async () => {
    const inputs = ['one', 'two'].map((text) => ({ name: `${text}.txt`, bytes: text }));
    const { files, progress } = await slot.make([{ operation: 'convert-to-pdf', params: {} }], ...inputs);
    expect(files.map(({ name }) => name)).to.deep.equal(['one.pdf', 'two.pdf']);
    expect(await readPdfText(files[1]?.bytes ?? Buffer.alloc(0))).to.contain('two');
    expect(progress).to.deep.equal([0.5, 1]);
    const left = await fs.readdir(slot.scratchDir, { recursive: true });
    expect(left.filter((name) => /office|profile|soffice|lock/i.test(name))).to.deep.equal([]);
  });

  it('works without a sandbox, in a folder with an awkward name', async () => {
    const bare = await openOperationSlot(false, "it's a folder, 50% full");
    try {
      const { bytes } = await bare.convert('convert-to-pdf', {}, { name: 'a.txt', bytes: 'visible' });
      expect(await readPdfText(bytes)).to.contain('visible');
    } finally {
      await bare.close();
    }
  });
});
