import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { parseDocument } from '../../core/enrichment/read-document';
import { describeImage } from '../../core/enrichment/read-image';
import { findOcrPrograms } from '../../core/providers/tesseract/programs';
import { assertFailsWith } from '../providers/support';
import { blackPng, fixture, fixturePath } from '../media/fixtures';
import { attempt, newEnrichment, startBench, type Bench } from './support';

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const PDF = 'application/pdf';

describe('documents are read by whoever can', function () {
  let bench: Bench;
  before(async () => void (bench = await startBench({ TESSERACT_LANGUAGES: 'por' })));
  after(() => bench.stop());

  const read = async (file: { bytes: Buffer; mimeType: string }, provider: string) => {
    const ref = await newEnrichment(bench, { ...file, contentType: 'document' });
    await parseDocument(bench.deps, { ...ref, provider }, attempt());
    return bench.inTenant((tx) => tx.messageEnrichment.findFirstOrThrow({ where: { id: ref.enrichmentId } }));
  };

  for (const kind of ['wordprocessingml.document', 'spreadsheetml.sheet', 'presentationml.presentation']) {
    it(`an Office file (${kind}) by LlamaParse, under its own type`, async () => {
      const mimeType = `${OFFICE}.${kind}`;
      const row = await read({ bytes: Buffer.from(`PK of ${kind}`), mimeType }, 'llamaparse');
      assert.deepEqual([row.status, row.provider], ['completed', 'llamaparse']);
      assert.ok(row.extractedText);
      const uploads = bench.simulator
        .requests('llamaparse')
        .flatMap(({ body }) => (body as { files?: { mimeType: string }[] } | undefined)?.files ?? []);
      assert.equal(uploads.at(-1)?.mimeType, mimeType);
    });

    it(`and not without it (${kind}): the code says what to set`, async () => {
      const file = { bytes: Buffer.from('PK'), mimeType: `${OFFICE}.${kind}` };
      const error = await assertFailsWith(read(file, 'pdf_text'), 'PROVIDER_REJECTED');
      assert.match(error.message, /LLAMA_CLOUD_API_KEY/);
    });
  }

  describe('here, where OCR is installed', () => {
    before(function () {
      if (findOcrPrograms() === null) this.skip();
    });

    it('a scan by tesseract, which is named, at no cost', async () => {
      const scan = await fixture('scan.pdf');
      await assertFailsWith(read({ bytes: scan, mimeType: PDF }, 'pdf_text'), 'PROVIDER_REJECTED');
      const row = await read({ bytes: scan, mimeType: PDF }, 'tesseract');
      assert.deepEqual([row.status, row.provider, row.model], ['completed', 'tesseract', 'tesseract-ocr']);
      assert.match(row.extractedText ?? '', /Pedido 1042/);
      assert.equal(Number(row.costMicros), 0);
    });

    it('an image by tesseract: its words, and no facts of a form', async () => {
      const picture = execFileSync(
        findOcrPrograms()!.pdftoppm,
        ['-r', '100', '-png', '-singlefile', fixturePath('order.pdf')],
        {
          maxBuffer: 16 * 1024 * 1024,
        },
      );
      const ref = await newEnrichment(bench, { bytes: picture, mimeType: 'image/png', contentType: 'image' });
      await bench.inTenant((tx) =>
        tx.messageEnrichment.updateMany({ where: { id: ref.enrichmentId }, data: { context: 'chat_receipt' } }),
      );
      await describeImage(bench.deps, { ...ref, provider: 'tesseract' }, attempt());
      const row = await bench.inTenant((tx) =>
        tx.messageEnrichment.findFirstOrThrow({ where: { id: ref.enrichmentId } }),
      );
      assert.deepEqual([row.provider, (row.metadata as { method?: string }).method], ['tesseract', 'ocr']);
      assert.match(row.extractedText ?? '', /R\$ 349,90/);
    });

    it('an image without words, a protected and a damaged file are refused', async () => {
      const blank = { bytes: blackPng(300, 200), mimeType: 'image/png', contentType: 'image' };
      const ref = await newEnrichment(bench, blank);
      await assertFailsWith(
        describeImage(bench.deps, { ...ref, provider: 'tesseract' }, attempt()),
        'PROVIDER_REJECTED',
      );
      const locked = { bytes: await fixture('encrypted.pdf'), mimeType: PDF };
      await assertFailsWith(read(locked, 'tesseract'), 'DOCUMENT_ENCRYPTED');
      const damaged = { bytes: Buffer.from('%PDF-1.4\nnothing that follows'), mimeType: PDF };
      await assertFailsWith(read(damaged, 'tesseract'), 'PROVIDER_REJECTED');
    });
  });
});
