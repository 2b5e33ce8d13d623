// Documents and drawings come from strangers: nothing that they point to is loaded, neither from the network
// (a listener on loopback proves that nothing arrives) nor from this machine's files (a picture that lies there
// never appears in a result).
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { makeDocx, makeXlsx, paragraph } from '#test/samples/ooxml.ts';
import { makeOpenDocument } from '#test/samples/opendocument.ts';
import { confinement, openOperationSlot } from '#test/support/operation-slot.ts';
import type { OperationSlot } from '#test/support/operation-slot.ts';
import { listPdfImages, readPdfText } from '#test/support/read-pdf.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

const picture = (relation: string) =>
  '<w:p><w:r><w:drawing><wp:inline><wp:extent cx="2000000" cy="1000000"/><wp:docPr id="1" name="p"/><a:graphic>' +
  '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/>' +
  `<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="${relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>` +
  '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="2000000" cy="1000000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>' +
  '</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>';
const field = (code: string) =>
  `<w:p><w:fldSimple w:instr='${code}'><w:r><w:t>old</w:t></w:r></w:fldSimple></w:p>`;

describe('references to the outside', function () {
  this.timeout(60_000);
  let slot: OperationSlot;
  let folder: ReturnType<typeof makeTemporaryFolder>;
  let server: http.Server;
  let arrived: string[];
  let web: string;
  let secretPicture: string;
  let secretText: string;

  before(async () => {
    slot = await openOperationSlot();
    folder = makeTemporaryFolder();
    const png = path.join(folder.path, 'secret.png');
    await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } }).toFile(png);
    await fs.writeFile(path.join(folder.path, 'secret.txt'), 'SECRETWORD');
    await fs.writeFile(path.join(folder.path, 'secret.csv'), 'SECRETWORD,1\n');
    secretPicture = pathToFileURL(png).href;
    secretText = pathToFileURL(path.join(folder.path, 'secret.txt')).href;
  });
  after(async () => {
    await slot.close();
    folder.remove();
  });
  beforeEach(async () => {
    arrived = [];
    server = http.createServer((request, response) => {
      arrived.push(`${request.method} ${request.url}`);
      response.writeHead(404).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function expectHarmless(name: string, bytes: Buffer | string): Promise<void> {
    const { bytes: pdf } = await slot.convert('convert-to-pdf', {}, { name, bytes });
    expect(arrived).to.deep.equal([]);
    expect(await readPdfText(pdf))
      .to.contain('visible')
      .and.not.contain('SECRETWORD');
    expect(await listPdfImages(pdf)).not.to.include('64 × 48');
  }

  it('the listener would notice', async () => {
    await fetch(`${web}/seen`);
    expect(arrived).to.deep.equal(['GET /seen']);
  });

  it('are not followed in pages', async () => {
    await expectHarmless(
      'page.html',
      `<html><head><link rel="stylesheet" href="${web}/style.css"><script src="${web}/script.js"></script></head>` +
        `<body background="${web}/background.png">visible<img src="${web}/a.png"><img src="${secretPicture}">` +
        `<iframe src="${web}/frame"></iframe><iframe src="${secretText}"></iframe><embed src="${web}/embed"></body></html>`,
    );
  });

  it('are not followed in Word documents', async () => {
    const relations = [
      { id: 'rId1', type: 'image', target: `${web}/a.png`, external: true },
      { id: 'rId2', type: 'image', target: secretPicture, external: true },
      { id: 'rId3', type: 'attachedTemplate', target: `${web}/template.dotm`, external: true },
    ];
    const fields = field(`INCLUDETEXT "${secretText}"`) + field(`INCLUDEPICTURE "${web}/b.png"`);
    await expectHarmless(
      'letter.docx',
      await makeDocx({ body: paragraph('visible') + picture('rId1') + picture('rId2') + fields, relations }),
    );
  });

  it('are not followed in OpenDocument texts', async () => {
    const frame = (kind: string, href: string) =>
      `<draw:frame svg:width="3cm" svg:height="3cm"><draw:${kind} xlink:href="${href}" xlink:type="simple"/></draw:frame>`;
    const section = (name: string, href: string) =>
      `<text:section text:name="${name}"><text:section-source xlink:href="${href}" xlink:type="simple"/><text:p>before</text:p></text:section>`;
    const frames = frame('image', `${web}/a.png`) + frame('image', secretPicture);
    const body = `<text:p>visible</text:p>${section('a', secretText)}${section('b', `${web}/b.odt`)}<text:p>${frames}</text:p>`;
    await expectHarmless('text.odt', await makeOpenDocument({ kind: 'text', body }));
  });

  // LibreOffice has no setting against these: only the sandbox leaves nothing to find.
  if (confinement !== undefined) {
    it('are not followed in RTF, by a path or by a URL', async () => {
      for (const place of [secretPicture, fileURLToPath(secretPicture), `${web}/a.png`])
        await expectHarmless(
          'letter.rtf',
          `{\\rtf1\\ansi visible\\par {\\field{\\*\\fldinst INCLUDEPICTURE "${place}" \\\\* MERGEFORMAT}{\\fldrslt x}}}`,
        );
    });

    it('are not followed in OpenDocument drawings and presentations', async () => {
      const image = (href: string) =>
        `<draw:frame svg:width="3cm" svg:height="3cm" svg:x="1cm" svg:y="4cm"><draw:image xlink:href="${href}" xlink:type="simple"/></draw:frame>`;
      const words =
        '<draw:frame svg:width="9cm" svg:height="2cm" svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>visible</text:p></draw:text-box></draw:frame>';
      const body = `<draw:page>${words}${image(secretPicture)}${image(`${web}/a.png`)}</draw:page>`;
      for (const [kind, name] of [
        ['graphics', 'a.odg'],
        ['presentation', 'a.odp'],
      ] as const)
        await expectHarmless(name, await makeOpenDocument({ kind, body }));
    });

    it('do not tell where a job is worked on', async () => {
      const { bytes } = await slot.convert(
        'convert-to-pdf',
        {},
        {
          name: 'a.csv',
          bytes: 'visible,"=MID(CELL(""FILENAME""),1,30)","=MID(CELL(""FILENAME""),31,30)"\n',
        },
      );
      const told = (await readPdfText(bytes)).replaceAll(/\s/g, '');
      expect(told).to.contain('visible').and.not.contain(path.basename(slot.scratchDir));
    });
  }

  it('are not followed by formulas', async () => {
    const table = secretText.replace('.txt', '.csv');
    const service = (url: string) => `=_xlfn.WEBSERVICE(&quot;${url}&quot;)`;
    await expectHarmless(
      'a.xlsx',
      await makeXlsx([['visible', service(`${web}/service`), service(secretText)]]),
    );
    await expectHarmless('a.csv', `visible,"=WEBSERVICE(""${web}/service"")","='${table}'#$secret.A1"\n`);
  });

  const drawing = (content: string, prolog = '') =>
    `<?xml version="1.0"?>${prolog}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `xmlns:xi="http://www.w3.org/2001/XInclude" width="400" height="100"><rect width="400" height="100" fill="white"/>${content}</svg>`;

  it('are not followed in drawings', async () => {
    const image = (x: number, href: string) =>
      `<image x="${x}" width="100" height="100" xlink:href="${href}"/>`;
    const images = image(0, secretPicture) + image(100, `${web}/a.png`) + image(200, 'secret.png');
    const include = `<text x="300" y="50"><xi:include href="${secretText}" parse="text"/></text>`;
    const style = `<style>@import url("${web}/style.css");</style>`;
    const bytes = drawing(style + images + include);
    const made = await slot.convert('convert-image', { format: 'png' }, { name: 'a.svg', bytes });
    expect(arrived).to.deep.equal([]);
    const values = await sharp(made.bytes).raw().toBuffer();
    expect(values.every((value) => value === 255)).to.equal(true);
  });

  it('make a drawing unreadable when they are entities', async () => {
    for (const target of [secretText, `${web}/entity`]) {
      const bytes = drawing(
        '<text y="50">&outside;</text>',
        `<!DOCTYPE svg [<!ENTITY outside SYSTEM "${target}">]>`,
      );
      const error = await slot.refuse('convert-image', { format: 'png' }, { name: 'a.svg', bytes });
      expect(error.code).to.equal('corrupt_file');
    }
    expect(arrived).to.deep.equal([]);
  });
});
