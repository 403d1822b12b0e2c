import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { extractPdfText } from '../../core/media/pdf-text';
import { fixture, pdfOfPages } from './fixtures';

const timeoutMs = 60_000;
const LINE = Buffer.from('BT /F 12 Tf 20 200 Td (pagina) Tj ET');

describe('the text layer of a PDF', () => {
  it('is read page by page, in its language', async () => {
    const { pages, pageCount, truncated } = await extractPdfText(await fixture('order.pdf'), { timeoutMs });
    assert.equal(pageCount, 1);
    assert.equal(truncated, false);
    assert.match(pages[0]!.text, /Pedido 1042\n.*12\/03\/2026\nCliente: Marina Alves\nItem: Cafeteira Aurora 127V/);
    assert.match(pages[0]!.text, /Valor unitário: R\$ 349,90\nTotal: R\$ 349,90/);
  });

  it('of 10,000 pages is read up to page 500, and says so', async () => {
    const { pages, pageCount, truncated } = await extractPdfText(pdfOfPages(10_000, LINE), { timeoutMs });
    assert.deepEqual([pages.length, pageCount, truncated], [500, 10_000, true]);
    assert.deepEqual(pages[499], { page: 500, text: 'pagina' });
  });

  it('is empty where a page has none', async () => {
    const { pages } = await extractPdfText(pdfOfPages(2, Buffer.from('0 0 10 10 re f')), { timeoutMs });
    assert.deepEqual(pages, [
      { page: 1, text: '' },
      { page: 2, text: '' },
    ]);
  });
});

describe('a PDF that cannot be read', () => {
  it('is named as encrypted when it needs a password', async () =>
    assert.rejects(extractPdfText(await fixture('encrypted.pdf'), { timeoutMs }), { code: 'DOCUMENT_ENCRYPTED' }));

  it('is corrupt when it is damaged, empty of structure or another format', async () => {
    const order = await fixture('order.pdf');
    const noise = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(5000, 0x41)]);
    for (const bytes of [noise, order.subarray(0, 60), await fixture('photo.jpg')]) {
      await assert.rejects(extractPdfText(bytes, { timeoutMs }), { code: 'MEDIA_CORRUPT' });
    }
  });

  it('is empty without bytes', () =>
    assert.rejects(extractPdfText(Buffer.alloc(0), { timeoutMs }), { code: 'MEDIA_EMPTY' }));

  it('is given up when it unpacks to more than fits, and this process does not grow', async () => {
    const bomb = pdfOfPages(1, deflateSync(Buffer.alloc(600 * 1024 * 1024, 0x20)), '/Filter /FlateDecode');
    const rssBefore = process.memoryUsage().rss;
    const error: unknown = await extractPdfText(bomb, { timeoutMs }).catch((reason: unknown) => reason);
    const grownMiB = (process.memoryUsage().rss - rssBefore) / 1024 / 1024;
    assert.ok(error instanceof Error && 'code' in error && error.code === 'MEDIA_CORRUPT', String(error));
    assert.ok(grownMiB < 100, `memory grew by ${grownMiB.toFixed(1)} MiB`);
  });

  it('is given up when its time is over', async () =>
    assert.rejects(extractPdfText(await fixture('order.pdf'), { timeoutMs: 5 }), { code: 'TIMEOUT' }));

  it('is given up when the caller aborts', async () => {
    const reason = new Error('cancelled');
    await assert.rejects(
      extractPdfText(await fixture('order.pdf'), { timeoutMs, signal: AbortSignal.abort(reason) }),
      reason,
    );
  });
});
