// The smallest Word, Excel and PowerPoint documents that are whole, and what a longer Word document is made of.
import { zip } from './zip.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const relationshipsNamespace = 'http://schemas.openxmlformats.org/package/2006/relationships';
const officeRelationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const wordNamespace = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';

interface Relationship {
  readonly id: string;
  /** Below the office relationships namespace, e.g. `image`. */
  readonly type: string;
  readonly target: string;
  readonly external?: boolean;
}

function relationships(list: readonly Relationship[]): string {
  const items = list.map(
    ({ id, type, target, external }) =>
      `<Relationship Id="${id}" Type="${officeRelationships}/${type}" Target="${target}"${external ? ' TargetMode="External"' : ''}/>`,
  );
  return `${declaration}<Relationships xmlns="${relationshipsNamespace}">${items.join('')}</Relationships>`;
}

export function contentTypes(overrides: Readonly<Record<string, string>>): string {
  const items = Object.entries(overrides).map(
    ([part, type]) => `<Override PartName="/${part}" ContentType="application/vnd.${type}"/>`,
  );
  return (
    `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>${items.join('')}</Types>`
  );
}

const main = (target: string) => relationships([{ id: 'rId1', type: 'officeDocument', target }]);

export const wordMain = 'openxmlformats-officedocument.wordprocessingml.document.main+xml';
const excelMain = 'openxmlformats-officedocument.spreadsheetml.sheet.main+xml';
const powerPointMain = 'openxmlformats-officedocument.presentationml.presentation.main+xml';

export interface WordDocument {
  /** What stands in the body, as WordprocessingML. */
  readonly body: string;
  /** The content type of the main part, after `application/vnd.`: a template's or a macro document's differs. */
  readonly mainType?: string;
  readonly relations?: readonly Relationship[];
  /** Further parts by path, with their content type. */
  readonly parts?: Readonly<Record<string, { readonly type: string; readonly xml: string }>>;
}

export const paragraph = (text: string): string =>
  `<w:p><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;

export async function makeDocx({
  body,
  mainType = wordMain,
  relations = [],
  parts = {},
}: WordDocument): Promise<Buffer> {
  const extra = Object.entries(parts);
  return await zip({
    '[Content_Types].xml': contentTypes({
      'word/document.xml': mainType,
      ...Object.fromEntries(extra.map(([name, { type }]) => [name, type])),
    }),
    '_rels/.rels': main('word/document.xml'),
    'word/document.xml':
      `${declaration}<w:document xmlns:w="${wordNamespace}" xmlns:r="${officeRelationships}" ` +
      'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ' +
      'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
      'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">' +
      `<w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relationships(relations),
    ...Object.fromEntries(extra.map(([name, { xml }]) => [name, `${declaration}${xml}`])),
  });
}

/** One sheet with these rows; a text that starts with `=` is a formula. */
export async function makeXlsx(
  rows: readonly (readonly (string | number)[])[],
  mainType = excelMain,
): Promise<Buffer> {
  const namespace = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const cell = (value: string | number) => {
    if (typeof value === 'number') return `<c><v>${value}</v></c>`;
    if (value.startsWith('=')) return `<c t="str"><f>${value.slice(1)}</f></c>`;
    return `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  };
  const data = rows.map((row) => `<row>${row.map(cell).join('')}</row>`).join('');
  return await zip({
    '[Content_Types].xml': contentTypes({
      'xl/workbook.xml': mainType,
      'xl/worksheets/sheet1.xml': 'openxmlformats-officedocument.spreadsheetml.worksheet+xml',
    }),
    '_rels/.rels': main('xl/workbook.xml'),
    'xl/workbook.xml':
      `${declaration}<workbook xmlns="${namespace}" xmlns:r="${officeRelationships}">` +
      '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': relationships([
      { id: 'rId1', type: 'worksheet', target: 'worksheets/sheet1.xml' },
    ]),
    'xl/worksheets/sheet1.xml': `${declaration}<worksheet xmlns="${namespace}"><sheetData>${data}</sheetData></worksheet>`,
  });
}

/** One slide with this text. */
export async function makePptx(text: string, mainType = powerPointMain): Promise<Buffer> {
  const slideTypes = 'openxmlformats-officedocument.presentationml';
  const namespaces =
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" ' +
    `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="${officeRelationships}"`;
  const tree = (shapes: string) =>
    '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>' +
    `${shapes}</p:spTree></p:cSld>`;
  const shape =
    '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>' +
    '<p:spPr><a:xfrm><a:off x="914400" y="914400"/><a:ext cx="7315200" cy="1828800"/></a:xfrm>' +
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>' +
    `<p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang="en" sz="4000"/><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>`;
  const colours =
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" ' +
    'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>';
  return await zip({
    '[Content_Types].xml': contentTypes({
      'ppt/presentation.xml': mainType,
      'ppt/slideMasters/slideMaster1.xml': `${slideTypes}.slideMaster+xml`,
      'ppt/slideLayouts/slideLayout1.xml': `${slideTypes}.slideLayout+xml`,
      'ppt/slides/slide1.xml': `${slideTypes}.slide+xml`,
    }),
    '_rels/.rels': main('ppt/presentation.xml'),
    'ppt/presentation.xml':
      `${declaration}<p:presentation ${namespaces}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>` +
      '<p:sldIdLst><p:sldId id="256" r:id="rId2"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
    'ppt/_rels/presentation.xml.rels': relationships([
      { id: 'rId1', type: 'slideMaster', target: 'slideMasters/slideMaster1.xml' },
      { id: 'rId2', type: 'slide', target: 'slides/slide1.xml' },
    ]),
    'ppt/slideMasters/slideMaster1.xml':
      `${declaration}<p:sldMaster ${namespaces}>${tree('')}${colours}` +
      '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>',
    'ppt/slideMasters/_rels/slideMaster1.xml.rels': relationships([
      { id: 'rId1', type: 'slideLayout', target: '../slideLayouts/slideLayout1.xml' },
    ]),
    'ppt/slideLayouts/slideLayout1.xml': `${declaration}<p:sldLayout ${namespaces}>${tree('')}</p:sldLayout>`,
    'ppt/slideLayouts/_rels/slideLayout1.xml.rels': relationships([
      { id: 'rId1', type: 'slideMaster', target: '../slideMasters/slideMaster1.xml' },
    ]),
    'ppt/slides/slide1.xml': `${declaration}<p:sld ${namespaces}>${tree(shape)}</p:sld>`,
    'ppt/slides/_rels/slide1.xml.rels': relationships([
      { id: 'rId1', type: 'slideLayout', target: '../slideLayouts/slideLayout1.xml' },
    ]),
  });
}
