import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { countMostPdfPages, mostPdfPages } from '../../core/media/pdf-pages';
import { fixture, pdfOfPages } from './fixtures';

function withObjectStream(objects: Buffer, filter = '/FlateDecode'): Buffer {
  const dictionary = `1 0 obj\n<< /Type /ObjStm /N 3 /First 10 /Filter ${filter} /Length ${objects.length} >>\nstream\r\n`;
  return Buffer.concat([Buffer.from(`%PDF-1.5\n${dictionary}`), objects, Buffer.from('\nendstream\nendobj\n%%EOF')]);
}

describe('pages of a PDF are never undercounted', () => {
  it('counts page objects and not the page tree', async () => {
    assert.equal(mostPdfPages(pdfOfPages(7, Buffer.from('BT ET'))), 7);
    assert.equal(mostPdfPages(await fixture('order.pdf')), 1);
  });

  it('looks into compressed object streams', () => {
    const pages = '<</Type/Page/Parent 2 0 R>> '.repeat(300);
    assert.equal(mostPdfPages(withObjectStream(deflateSync(`<</Type/Pages/Count 300>> ${pages}`))), 300);
  });

  it('admits what it cannot tell', async () => {
    assert.equal(mostPdfPages(await fixture('encrypted.pdf')), null);
    assert.equal(mostPdfPages(withObjectStream(Buffer.from('not deflated'))), null);
    assert.equal(mostPdfPages(withObjectStream(Buffer.from('<</Type/Page>>'), '/LZWDecode')), null);
    // A megabyte of zeros is a kilobyte when deflated; 40 of them are over what is inflated.
    assert.equal(mostPdfPages(withObjectStream(deflateSync(Buffer.alloc(40 * 1024 * 1024)))), null);
    assert.equal(mostPdfPages(Buffer.from('PK\u0003\u0004 a docx')), null);
  });

  it('counts a large file in a process of its own, with the same answer', async () => {
    const large = pdfOfPages(5_000, Buffer.from('BT ET'));
    assert.ok(large.length > 256 * 1024);
    assert.equal(await countMostPdfPages(large), 5_000);
  });

  it('does not search a file of unfinished streams over and over', () => {
    const file = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(4 * 1024 * 1024, '/Type /ObjStm\n')]);
    assert.equal(mostPdfPages(file), null);
  });
});
