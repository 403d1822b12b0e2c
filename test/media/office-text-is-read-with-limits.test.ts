import assert from 'node:assert/strict';
import { strToU8, zipSync } from 'fflate';
import { extractOfficeText, type OfficeFormat } from '../../core/media/office-text';
import { parseDocument } from '../../core/enrichment/read-document';
import { attempt, newEnrichment, startBench } from '../enrichment/support';

const DOCX_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const MB = 1024 * 1024;

const zip = (parts: Record<string, string>) =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]))));
const paragraphs = (...texts: string[]) => texts.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('');
const docx = (body: string, head = '') =>
  zip({
    '[Content_Types].xml': '<Types/>',
    'word/document.xml': `${head}<w:document><w:body>${body}</w:body></w:document>`,
  });

const XLSX = {
  'xl/workbook.xml':
    '<workbook><sheets><sheet name="Preços" r:id="r2"/><sheet name="Vazia" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>',
  'xl/sharedStrings.xml': '<sst><si><t>Plano</t></si><si><r><t>So</t></r><r><t>l</t></r><rPh><t>x</t></rPh></si></sst>',
  'xl/worksheets/sheet1.xml': '<worksheet><sheetData/></worksheet>',
  'xl/worksheets/sheet2.xml':
    '<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Valor</t></is></c></row>' +
    '<row><c t="s"><v>1</v></c><c><f>90+100</f><v>190</v></c></row></sheetData></worksheet>',
};
const slide = (text: string) => `<p:sld><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`;

describe('office text is read with limits', () => {
  const read = (file: Buffer, format: OfficeFormat) => extractOfficeText(file, format, { timeoutMs: 60_000 });

  describe('its words, and where they stand', () => {
    it('of a letter, with its pages and notes', async () => {
      const file = zip({
        'word/document.xml': `<w:document>${paragraphs('Contrato &amp; anexos', 'Prazo:<w:tab/>dez')}<w:br w:type="page"/>${paragraphs('Multa de 2%')}</w:document>`,
        'word/footnotes.xml': `<w:footnotes>${paragraphs('Ver anexo')}</w:footnotes>`,
      });
      const { pages, truncated } = await read(file, 'docx');
      assert.deepEqual([pages, truncated], [['Contrato & anexos\nPrazo:\tdez', 'Multa de 2%\nVer anexo'], false]);
    });

    it('of a workbook, sheet by sheet in its order, values and no formulas', async () => {
      const { pages } = await read(zip(XLSX), 'xlsx');
      assert.deepEqual(pages, ['Preços\nPlano\tValor\nSol\t190', 'Vazia']);
    });

    it('of slides in their order', async () => {
      const slides = { 'ppt/slides/slide10.xml': slide('Fim'), 'ppt/slides/slide2.xml': slide('Começo') };
      assert.deepEqual((await read(zip(slides), 'pptx')).pages, ['Começo', 'Fim']);
    });

    it('of OpenDocument', async () => {
      const content =
        '<office:text><text:h>Título</text:h><text:p>Um<text:s text:c="2"/>texto<text:line-break/>curto</text:p><table:table table:name="T">' +
        '<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table></office:text>';
      const { pages } = await read(zip({ 'content.xml': content }), 'odf');
      assert.deepEqual(
        pages.map((page) => page.replace(/[ \t]+/g, ' ')),
        ['Título\nUm texto\ncurto\nT\na b'],
      );
    });
  });

  describe('and hurts nobody', () => {
    const refused = (file: Buffer, format: OfficeFormat, code: string) =>
      assert.rejects(read(file, format), (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, code, error.message);
        return true;
      });

    it('a part that unpacks to more than may be kept', () =>
      refused(zip({ 'word/document.xml': ' '.repeat(65 * MB) }), 'docx', 'MEDIA_CORRUPT'));

    it('many that do together', () => {
      const sheets = Array.from({ length: 4 }, (_, index) => [`xl/worksheets/sheet${index}.xml`, ' '.repeat(30 * MB)]);
      return refused(zip({ ...XLSX, ...Object.fromEntries(sheets) }), 'xlsx', 'MEDIA_CORRUPT');
    });

    it('one that lies about its size is cut at what it claims', async () => {
      const file = docx(paragraphs('curto'.repeat(200_000)));
      const claimed = Buffer.alloc(4);
      claimed.writeUInt32LE(40);
      // In the directory at the end, which is what is believed: the size is 22 bytes before the name.
      const entry = file.lastIndexOf('word/document.xml');
      claimed.copy(file, entry - 22);
      const { pages } = await read(file, 'docx').catch((error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'MEDIA_CORRUPT', String(error));
        return { pages: [] };
      });
      assert.ok(pages.join('').length <= 40);
    });

    it('entities that multiply stay what they are', async () => {
      const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
      const file = docx(paragraphs('&l9;'), `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`);
      const { pages } = await read(file, 'docx');
      assert.ok(pages.join('').length < 100, `${pages.join('').length}`);
    });

    it('tags a hundred thousand deep', async () => {
      const { pages } = await read(docx('<w:x>'.repeat(100_000) + paragraphs('fundo')), 'docx');
      assert.deepEqual(pages, ['fundo']);
    });

    it('text beyond what is kept is left out, and said so', async () => {
      const page = `${paragraphs('palavra '.repeat(125_000))}`;
      const { pages, truncated } = await read(docx(page.repeat(8)), 'docx');
      assert.ok(truncated && pages.join('').length <= 5_000_000);
    });

    it('one cut short, of another type, or no zip at all', async () => {
      const whole = docx(paragraphs('Contrato'));
      await refused(whole.subarray(0, whole.length - 30), 'docx', 'MEDIA_CORRUPT');
      await refused(whole, 'xlsx', 'MEDIA_CORRUPT');
      await refused(Buffer.from('MZ\u0000 isto não é um documento'), 'docx', 'MEDIA_CORRUPT');
    });

    it('one behind a password', async () => {
      const compound = Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.from('EncryptedPackage', 'utf16le'),
      ]);
      await refused(compound, 'docx', 'DOCUMENT_ENCRYPTED');
      const flagged = docx(paragraphs('x'));
      flagged[6] = 1;
      await refused(flagged, 'docx', 'DOCUMENT_ENCRYPTED');
      const manifest = '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>';
      await refused(zip({ 'META-INF/manifest.xml': manifest, 'content.xml': 'x' }), 'odf', 'DOCUMENT_ENCRYPTED');
    });
  });

  it('is named as what it is, at no cost', async () => {
    const bench = await startBench();
    try {
      const file = { bytes: docx(paragraphs('Plano Sol: R$ 190')), mimeType: DOCX_TYPE, contentType: 'document' };
      const ref = await newEnrichment(bench, file);
      await parseDocument(bench.deps, { ...ref, provider: 'office_text' }, attempt());
      const row = await bench.inTenant((tx) =>
        tx.messageEnrichment.findFirstOrThrow({ where: { id: ref.enrichmentId } }),
      );
      assert.deepEqual(
        [row.status, row.provider, row.model, Number(row.costMicros)],
        ['completed', 'office_text', 'office-xml', 0],
      );
      assert.match(row.extractedText ?? '', /Plano Sol: R\$ 190/);
    } finally {
      await bench.stop();
    }
  });
});
