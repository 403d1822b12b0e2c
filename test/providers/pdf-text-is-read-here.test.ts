import assert from 'node:assert/strict';
import { createPdfTextDocuments } from '../../core/providers/pdf-text/documents';
import { assertFailsWith, callOptions, PDF } from './support';

/** A minimal PDF whose pages show the given lines; a page with '' has no text layer, as a scan has none. */
function pdfOf(...lines: string[]): Buffer {
  const contents = lines.map((line) => (line === '' ? '' : `BT /F1 18 Tf 40 100 Td (${line}) Tj ET`));
  const pageId = (index: number) => 4 + index * 2;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${lines.map((_, index) => `${pageId(index)} 0 R`).join(' ')}] /Count ${lines.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Resources << /Font << /F1 3 0 R >> >> /Contents ${pageId(index) + 1} 0 R >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const xref = `xref\n0 ${size}\n0000000000 65535 f \n${rows}`;
  return Buffer.from(`${body}${xref}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`);
}

describe('the text layer of a PDF is read here', () => {
  // A child process reads it.
  const pdfText = createPdfTextDocuments();
  const parse = (file: Buffer, mimeType = PDF.mimeType) =>
    pdfText.parse({ file, mimeType, fileName: 'a.pdf' }, callOptions());

  it('page by page, free of charge; a scanned page among them is listed', async () => {
    const { pages, failedPages, model, usage } = await parse(pdfOf('Proposta 17', '', 'Total R$ 900'));
    assert.deepEqual(
      pages.map(({ page, text }) => [page, text.trim()]),
      [
        [1, 'Proposta 17'],
        [3, 'Total R$ 900'],
      ],
    );
    assert.deepEqual([failedPages, model, usage], [[2], 'pdf-text-layer', { pages: 2 }]);
  });

  it('a scan has none, so another provider must read it', async () => {
    const error = await assertFailsWith(parse(pdfOf('', '')), 'PROVIDER_REJECTED');
    assert.match(error.message, /no text layer/);
  });

  it('a damaged file is damaged for everybody', async () => {
    await assertFailsWith(parse(Buffer.from('%PDF-1.4\nnothing that follows')), 'MEDIA_CORRUPT');
  });

  it('other files are not its business', async () => {
    await assertFailsWith(parse(Buffer.from('PK'), 'application/vnd.ms-excel'), 'PROVIDER_REJECTED');
  });

  it("ends with the caller's reason", async () => {
    const reason = new Error('cancelled');
    const call = pdfText.parse({ ...PDF, file: pdfOf('a') }, callOptions({ signal: AbortSignal.abort(reason) }));
    await assert.rejects(call, reason);
  });
});
