// A letter as a Word document: headings, bold, a list, a table, a line under the letterhead.
import { makeDocx } from './ooxml.ts';

interface Look {
  readonly style?: string;
  readonly align?: 'right' | 'center';
  readonly list?: boolean;
  readonly after?: number;
}

/** `**bold**` is bold. Spacing after it in twentieths of a point. */
function line(text: string, { style, align, list, after }: Look = {}): string {
  const runs = text
    .split('**')
    .map(
      (piece, index) =>
        `<w:r>${index % 2 ? '<w:rPr><w:b/></w:rPr>' : ''}<w:t xml:space="preserve">${piece}</w:t></w:r>`,
    )
    .join('');
  const properties = [
    style && `<w:pStyle w:val="${style}"/>`,
    list && '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
    after !== undefined && `<w:spacing w:after="${after}"/>`,
    align && `<w:jc w:val="${align}"/>`,
  ];
  return `<w:p><w:pPr>${properties.filter(Boolean).join('')}</w:pPr>${runs}</w:p>`;
}

const widths = [4200, 1600, 1600, 1600];

function row(cells: readonly string[], look: 'head' | 'body' | 'total'): string {
  const shade = { head: '1F4E79', body: '', total: 'DDE8F3' }[look];
  const columns = cells.map((text, index) => {
    const words = look === 'body' ? text : `**${text}**`;
    const content = line(words, {
      style: look === 'head' ? 'TableHead' : 'TableText',
      ...(index > 0 && { align: 'right' }),
    });
    const fill = shade && `<w:shd w:val="clear" w:color="auto" w:fill="${shade}"/>`;
    return `<w:tc><w:tcPr><w:tcW w:w="${widths[index]}" w:type="dxa"/>${fill}</w:tcPr>${content}</w:tc>`;
  });
  return `<w:tr>${columns.join('')}</w:tr>`;
}

const edges = ['top', 'left', 'bottom', 'right', 'insideH', 'insideV']
  .map((edge) => `<w:${edge} w:val="single" w:sz="4" w:space="0" w:color="9FB6CD"/>`)
  .join('');

const table =
  `<w:tbl><w:tblPr><w:tblW w:w="9000" w:type="dxa"/><w:tblBorders>${edges}</w:tblBorders>` +
  '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="60" w:type="dxa"/><w:left w:w="110" w:type="dxa"/>' +
  '<w:bottom w:w="60" w:type="dxa"/><w:right w:w="110" w:type="dxa"/></w:tblCellMar></w:tblPr>' +
  `<w:tblGrid>${widths.map((width) => `<w:gridCol w:w="${width}"/>`).join('')}</w:tblGrid>` +
  row(['Item', 'Quantity', 'Price', 'Sum'], 'head') +
  row(['Oak planks, 2.4 m', '24', '18.50 €', '444.00 €'], 'body') +
  row(['Millstone dressing', '1', '320.00 €', '320.00 €'], 'body') +
  row(['Water wheel paddles', '16', '42.25 €', '676.00 €'], 'body') +
  row(['Total', '', '', '1,440.00 €'], 'total') +
  '</w:tbl>';

const body = [
  line('Millrace Workshop', { style: 'Title' }),
  line('Weir Lane 7 · 20457 Hamburg · workshop@example.org', { style: 'Letterhead' }),
  line('Ms Ada Example', { after: 0 }),
  line('Harbour Street 12', { after: 0 }),
  line('28195 Bremen', { after: 240 }),
  line('Hamburg, 2 March 2026', { align: 'right' }),
  line('Repairing the mill: our offer', { style: 'Heading1' }),
  line('Dear Ms Example,'),
  line(
    'thank you for showing us round the old mill last week. The wheel turns more easily than we had feared, and the ' +
      'race needs **no new masonry**. We offer the following work, to be finished **before the end of May**:',
  ),
  table,
  line('', { after: 60 }),
  line('The price includes', { after: 60 }),
  line('transport to the site and back,', { list: true, after: 0 }),
  line('two days of work by two people,', { list: true, after: 0 }),
  line('a second visit after the first month of grinding.', { list: true }),
  line('The offer stands until the end of the month. We look forward to hearing the wheel again.'),
  line('Yours sincerely,', { after: 600 }),
  line('Jonas Müller', { after: 0 }),
  line('Millrace Workshop'),
  '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1418" w:bottom="1134" w:left="1418" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>',
].join('');

const namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const style = (id: string, paragraph: string, run: string) =>
  `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${id}"/><w:basedOn w:val="Normal"/><w:pPr>${paragraph}</w:pPr><w:rPr>${run}</w:rPr></w:style>`;

const styles =
  `<w:styles ${namespace}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Carlito" w:hAnsi="Carlito" w:cs="Carlito"/>` +
  '<w:sz w:val="22"/><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="160" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>' +
  '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>' +
  style('Title', '<w:spacing w:after="0"/>', '<w:b/><w:color w:val="1F4E79"/><w:sz w:val="44"/>') +
  style(
    'Letterhead',
    '<w:pBdr><w:bottom w:val="single" w:sz="8" w:space="4" w:color="1F4E79"/></w:pBdr><w:spacing w:after="480"/>',
    '<w:color w:val="5A6B7B"/><w:sz w:val="18"/>',
  ) +
  style(
    'Heading1',
    '<w:spacing w:before="120" w:after="200"/>',
    '<w:b/><w:color w:val="1F4E79"/><w:sz w:val="28"/>',
  ) +
  style('TableText', '<w:spacing w:after="0"/>', '<w:sz w:val="20"/>') +
  style('TableHead', '<w:spacing w:after="0"/>', '<w:color w:val="FFFFFF"/><w:sz w:val="20"/>') +
  '</w:styles>';

const numbering =
  `<w:numbering ${namespace}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>` +
  '<w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="567" w:hanging="283"/></w:pPr></w:lvl></w:abstractNum>' +
  '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>';

export async function makeLetter(): Promise<Buffer> {
  const type = (name: string) => `openxmlformats-officedocument.wordprocessingml.${name}+xml`;
  return await makeDocx({
    body,
    relations: [
      { id: 'rId1', type: 'styles', target: 'styles.xml' },
      { id: 'rId2', type: 'numbering', target: 'numbering.xml' },
    ],
    parts: {
      'word/styles.xml': { type: type('styles'), xml: styles },
      'word/numbering.xml': { type: type('numbering'), xml: numbering },
    },
  });
}
