// The type of a file comes from its bytes: names lie, and engines must only ever meet what they can read.
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import fs from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { extensionFor } from '#shared/operations/media-types.ts';
import { sniff } from '#worker/sandbox/sniff/sniff.ts';
import { makeCompoundFile, streamBytesMin } from '#test/samples/compound.ts';
import { makeDocx, makePptx, makeXlsx, paragraph } from '#test/samples/ooxml.ts';
import { makeOpenDocument, odgText, odpText, odsText, odtText } from '#test/samples/opendocument.ts';
import { zip } from '#test/samples/zip.ts';
import { rejection } from '#test/support/rejection.ts';
import { makeTemporaryFolder } from '#test/support/temporary-folder.ts';

describe('sniffing', () => {
  let folder: ReturnType<typeof makeTemporaryFolder>;
  before(() => (folder = makeTemporaryFolder()));
  after(() => folder.remove());

  async function sniffBytes(bytes: Buffer | string, name = 'file') {
    const file = path.join(folder.path, 'input');
    await fs.writeFile(file, bytes);
    return await sniff(file, name);
  }

  /** The extension of the found type, with `!` when a password is needed. */
  async function kindOf(bytes: Buffer | string, name?: string): Promise<string> {
    const { mediaType, encrypted } = await sniffBytes(bytes, name);
    const extension = extensionFor(mediaType);
    return (extension === 'bin' ? mediaType : extension) + (encrypted ? '!' : '');
  }

  async function codeOf(bytes: Buffer | string, name?: string): Promise<unknown> {
    return ((await rejection(sniffBytes(bytes, name))) as { code?: unknown }).code;
  }

  describe('office documents in zip archives', () => {
    const body = paragraph('text');

    it('tells them apart whatever they are called', async () => {
      expect(await kindOf(await makeDocx({ body }), 'photo.png')).to.equal('docx');
      expect(await kindOf(await makeXlsx([[1]]), 'letter.docx')).to.equal('xlsx');
      expect(await kindOf(await makePptx('text'))).to.equal('pptx');
      expect(await kindOf(await makeOpenDocument(odtText('text')))).to.equal('odt');
      expect(await kindOf(await makeOpenDocument(odsText('text')))).to.equal('ods');
      expect(await kindOf(await makeOpenDocument(odpText('text')))).to.equal('odp');
      expect(await kindOf(await makeOpenDocument(odgText('text')))).to.equal('odg');
    });

    for (const [mainType, kind] of Object.entries({
      'ms-word.document.macroEnabled.main+xml': 'docx',
      'openxmlformats-officedocument.wordprocessingml.template.main+xml': 'docx',
      'ms-word.template.macroEnabledTemplate.main+xml': 'docx',
      'ms-excel.sheet.macroEnabled.main+xml': 'xlsx',
      'ms-excel.sheet.binary.macroEnabled.main': 'xlsx',
      'openxmlformats-officedocument.spreadsheetml.template.main+xml': 'xlsx',
      'ms-powerpoint.presentation.macroEnabled.main+xml': 'pptx',
      'openxmlformats-officedocument.presentationml.slideshow.main+xml': 'pptx',
    })) {
      it(`takes ${mainType} for ${kind}`, async () => {
        expect(await kindOf(await makeDocx({ body, mainType }))).to.equal(kind);
      });
    }

    for (const kind of ['text-template', 'spreadsheet-template', 'presentation-template']) {
      it(`takes an OpenDocument ${kind} for its plain kind`, async () => {
        const plain = { 'text-template': 'odt', 'spreadsheet-template': 'ods' }[kind] ?? 'odp';
        expect(await kindOf(await makeOpenDocument({ kind, body: '' }))).to.equal(plain);
      });
    }

    it('finds the list of types wherever it stands, in any case and encoding', async () => {
      const types =
        '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>';
      expect(await kindOf(await zip({ 'word/document.xml': '', '[content_types].xml': types }))).to.equal(
        'docx',
      );
      const utf16 = Buffer.from(`\u{feff}${types}`, 'utf16le');
      expect(await kindOf(await zip({ '[Content_Types].xml': utf16 }))).to.equal('docx');
    });

    it('knows OpenDocument without its mimetype by the manifest', async () => {
      const manifest =
        '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.text"/>';
      expect(await kindOf(await zip({ 'META-INF/manifest.xml': manifest }))).to.equal('odt');
    });

    it('leaves other archives what they are, also under an office name', async () => {
      expect(await kindOf(await zip({ 'a.txt': 'text' }), 'letter.docx')).to.equal('zip');
      expect(await kindOf(await zip({}), 'letter.docx')).to.equal('zip');
      const embedded = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
      expect(
        await kindOf(await zip({ '[Content_Types].xml': `<Default ContentType="${embedded}"/>` })),
      ).to.equal('zip');
    });

    it('sees a password on OpenDocument', async () => {
      expect(await kindOf(await makeOpenDocument({ ...odtText('text'), encrypted: true }))).to.equal('odt!');
    });

    it('calls an archive without its directory damaged, and one with damaged parts too', async () => {
      const whole = await makeDocx({ body });
      expect(await codeOf(whole.subarray(0, whole.length - 40), 'letter.docx')).to.equal('corrupt_file');
      expect(await codeOf(whole.subarray(0, 60))).to.equal('corrupt_file');
      const torn = Buffer.from(whole).fill(0xee, 50, 120);
      expect(await codeOf(torn)).to.equal('corrupt_file');
    });

    it('unpacks no bomb', async () => {
      // 64 MiB of blanks in 64 KiB; only the first of them are looked at.
      const bomb = await zip({ '[Content_Types].xml': Buffer.alloc(64 * 1024 * 1024, ' '), 'a.xml': '' });
      const heldBefore = process.memoryUsage().arrayBuffers;
      expect(await kindOf(bomb, 'letter.docx')).to.equal('zip');
      expect(process.memoryUsage().arrayBuffers - heldBefore).to.be.below(48 * 1024 * 1024);
    });
  });

  describe('office documents in compound files', () => {
    const fib = (flags: number) => {
      const bytes = Buffer.alloc(streamBytesMin);
      bytes.writeUInt16LE(0xa5ec, 0);
      bytes.writeUInt16LE(flags, 10);
      return bytes;
    };
    const records = (...list: [number, number][]) =>
      Buffer.concat(
        list.map(([record, bytes]) => {
          const head = Buffer.alloc(4 + bytes);
          head.writeUInt16LE(record, 0);
          head.writeUInt16LE(bytes, 2);
          return head;
        }),
      );
    const user = (token: number) => {
      const bytes = Buffer.alloc(streamBytesMin);
      bytes.writeUInt32LE(token, 12);
      return bytes;
    };
    const [bof, filePass, endOfGlobals] = [0x0809, 0x2f, 0x0a];

    it('tells doc, xls and ppt apart by their streams', async () => {
      expect(await kindOf(makeCompoundFile({ '1Table': Buffer.alloc(0), WordDocument: fib(0) }))).to.equal(
        'doc',
      );
      const globals = records([bof, 16], [endOfGlobals, 0]);
      expect(await kindOf(makeCompoundFile({ Workbook: globals }))).to.equal('xls');
      expect(await kindOf(makeCompoundFile({ Book: globals }))).to.equal('xls');
      const slides = { 'PowerPoint Document': Buffer.alloc(0), 'Current User': user(0xe391_c05f) };
      expect(await kindOf(makeCompoundFile(slides))).to.equal('ppt');
      expect(await kindOf(makeCompoundFile({ VisioDocument: Buffer.alloc(0) }))).to.equal(
        'application/x-cfb',
      );
    });

    it('sees a password on each', async () => {
      expect(await kindOf(makeCompoundFile({ WordDocument: fib(0x0100) }))).to.equal('doc!');
      expect(await kindOf(makeCompoundFile({ Workbook: records([bof, 16], [filePass, 6]) }))).to.equal(
        'xls!',
      );
      const slides = { 'PowerPoint Document': Buffer.alloc(0), 'Current User': user(0xf3d1_c4df) };
      expect(await kindOf(makeCompoundFile(slides))).to.equal('ppt!');
    });

    it('sees OOXML behind a password; its name has to say which', async () => {
      const locked = makeCompoundFile({ EncryptionInfo: Buffer.alloc(0), EncryptedPackage: Buffer.alloc(0) });
      expect(await kindOf(locked, 'letter.docx')).to.equal('docx!');
      expect(await kindOf(locked, 'table.XLSM')).to.equal('xlsx!');
      expect(await kindOf(locked, 'slides.pptx')).to.equal('pptx!');
    });

    it('calls one that is cut short damaged', async () => {
      const whole = makeCompoundFile({ WordDocument: fib(0) });
      expect(await codeOf(whole.subarray(0, 600), 'letter.doc')).to.equal('corrupt_file');
      expect(await codeOf(whole.subarray(0, 20))).to.equal('corrupt_file');
    });

    it('comes to an end with chains that do not', async () => {
      const looped = makeCompoundFile({ WordDocument: fib(0) });
      // The directory follows upon itself.
      looped.writeUInt32LE(1, 512 + 4);
      expect(await kindOf(looped)).to.equal('doc');
      const siblings = makeCompoundFile({ WordDocument: fib(0) });
      siblings.writeUInt32LE(1, 1024 + 128 + 0x48);
      expect(await kindOf(siblings)).to.equal('doc');
    });
  });

  describe('text', () => {
    it('tells CSV, pages and plain text apart by name', async () => {
      expect(await kindOf('a,b\n1,2\n', 'table.CSV')).to.equal('csv');
      expect(await kindOf('a\tb\n', 'table.tsv')).to.equal('csv');
      expect(await kindOf('a,b\n1,2\n', 'notes.txt')).to.equal('txt');
      expect(await kindOf('# Title', 'readme.md')).to.equal('txt');
      expect(await kindOf('hello', 'hello.html')).to.equal('html');
    });

    it('knows pages and drawings by their root', async () => {
      expect(await kindOf('<!-- a page --><!DOCTYPE html><p>hello', 'letter.doc')).to.equal('html');
      expect(
        await kindOf('\u{feff}<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"/>'),
      ).to.equal('html');
      const doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY a "]>">]>';
      expect(
        await kindOf(`\u{feff}<?xml version="1.0"?>\n<!-- <html> -->${doctype}\n<svg/>`, 'a.txt'),
      ).to.equal('svg');
      expect(await kindOf('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>')).to.equal('svg');
      expect(await kindOf(Buffer.from('\u{feff}<svg/>', 'utf16le'))).to.equal('svg');
      expect(await kindOf('<note>svg</note>', 'note.xml')).to.equal('txt');
    });

    it('reads UTF-8, marked UTF-16 and Windows-1252', async () => {
      expect(await kindOf('Grüße, 世界', 'a.txt')).to.equal('txt');
      expect(await kindOf(Buffer.from('\u{feff}Grüße', 'utf16le'), 'a.txt')).to.equal('txt');
      expect(await kindOf(Buffer.from('\u{feff}Grüße', 'utf16le').swap16(), 'a.txt')).to.equal('txt');
      expect(await kindOf(Buffer.from('Viele Grüße aus Köln', 'latin1'), 'a.txt')).to.equal('txt');
    });

    it('does not stumble over a character at the edge of a chunk', async () => {
      expect(await kindOf(`${'a'.repeat(256 * 1024 - 1)}ü${'b'.repeat(100)}`, 'a.txt')).to.equal('txt');
    });

    it('never takes binary for text, whatever its name', async () => {
      const noise = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
      for (const name of ['a.txt', 'a.csv', 'a.html', 'a.docx']) {
        expect(await kindOf(noise, name), name).to.equal('application/octet-stream');
      }
      expect(await kindOf(Buffer.from('text\u0000text'), 'a.txt')).to.equal('application/octet-stream');
      expect(
        await kindOf(Buffer.from(Array.from({ length: 200 }, (_, index) => 0xa0 + (index % 90))), 'a.txt'),
      ).to.equal('application/octet-stream');
      const late = Buffer.concat([Buffer.alloc(600 * 1024, 'text '), Buffer.from([0])]);
      expect(await kindOf(late, 'a.txt')).to.equal('application/octet-stream');
    });

    it('is not misled by words that look like signatures', async () => {
      expect(await kindOf('BMW,Audi\n1,2\n', 'cars.csv')).to.equal('csv');
    });

    it('knows RTF and PDF, which are made of letters too', async () => {
      expect(await kindOf(String.raw`{\rtf1\ansi hello}`, 'a.txt')).to.equal('rtf');
      expect(await kindOf('%PDF-1.7\n1 0 obj', 'a.txt')).to.equal('pdf');
    });

    it('refuses a file without bytes', async () => {
      expect(await codeOf('', 'a.txt')).to.equal('empty_file');
    });
  });

  it('knows images by their bytes', async () => {
    const image = sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } });
    for (const format of ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const) {
      const found = await kindOf(await image.clone().toFormat(format).toBuffer(), 'letter.docx');
      expect(found).to.equal(format === 'jpeg' ? 'jpg' : format);
    }
    const long = await image.clone().resize(400).tiff({ compression: 'none' }).toBuffer();
    expect(await kindOf(long), 'its directory is at its end').to.equal('tiff');
    expect(await kindOf(long.subarray(0, -5000)), 'its directory is gone').to.equal('tiff');
    const heic = Buffer.from('\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000mif1heic', 'latin1');
    expect(await kindOf(heic, 'photo.heic')).to.equal('image/heic');
  });
});
