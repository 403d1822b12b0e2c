import assert from 'node:assert/strict';
import { planEnrichment } from '../../core/enrichment/plan';
import { completeEnrichment, deferEnrichment, failEnrichment, storePart } from '../../core/enrichment/repository';
import { cutText, storable, storableJson } from '../../core/text';
import { newEnrichment, startBench, type Bench } from './support';

const BAD = 'a\u0000b\ud83d c\udc00';
const GOOD = 'a\ufffdb\ufffd c\ufffd';
const reading = { provider: 'vertex', model: 'm', costMicros: 1 };

describe('whatever a provider says can be stored', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());
  const anEnrichment = () =>
    newEnrichment(bench, { bytes: Buffer.from('x'), mimeType: 'image/jpeg', contentType: 'image' });
  const stored = (id: string) =>
    bench.inTenant((tx) => tx.messageEnrichment.findFirstOrThrow({ where: { tenantId: bench.tenantId, id } }));

  it('as the text and the metadata of an enrichment', async () => {
    const { tenantId, enrichmentId } = await anEnrichment();
    const metadata = { segments: [{ text: BAD }] };
    await bench.inTenant((tx) => completeEnrichment(tx, tenantId, enrichmentId, { ...reading, text: BAD, metadata }));
    const row = await stored(enrichmentId);
    assert.equal(row.extractedText, GOOD);
    assert.deepEqual(row.metadata, { segments: [{ text: GOOD }] });
  });

  it('as a part of a video', async () => {
    const { tenantId, enrichmentId } = await anEnrichment();
    const part = { ...reading, key: 'frame-1', atSeconds: 1, text: BAD };
    await bench.inTenant((tx) => storePart(tx, tenantId, enrichmentId, part));
    const { metadata } = await stored(enrichmentId);
    assert.equal((metadata as { parts: Record<string, { text: string }> }).parts['frame-1']?.text, GOOD);
  });

  it('as the reason of a delay or a failure', async () => {
    const { tenantId, enrichmentId } = await anEnrichment();
    const message = `${'x'.repeat(999)}\u{1f600}${BAD}`;
    await bench.inTenant((tx) =>
      deferEnrichment(tx, tenantId, enrichmentId, { code: 'PROVIDER_TIMEOUT', message, waitMs: 1 }),
    );
    assert.equal((await stored(enrichmentId)).errorMessage, 'x'.repeat(999));
    await bench.inTenant((tx) => failEnrichment(tx, tenantId, enrichmentId, { code: 'PROVIDER_TIMEOUT', message }));
    assert.equal((await stored(enrichmentId)).status, 'failed');
  });

  it('as a long text file with an emoji where it is cut', async () => {
    const bytes = Buffer.from(`${'x'.repeat(99_999)}\u{1f600} e um NUL \u0000`);
    const { tenantId, enrichmentId } = await newEnrichment(bench, {
      bytes,
      mimeType: 'text/plain',
      contentType: 'document',
    });
    assert.deepEqual(await planEnrichment(bench.deps, { tenantId, enrichmentId }), {
      step: 'settled',
      hasText: true,
      mediaKind: 'document',
    });
    assert.equal((await stored(enrichmentId)).extractedText, 'x'.repeat(99_999));
  });

  const encodings = {
    'Windows-1252': Buffer.from(
      'descri\xe7\xe3o;pre\xe7o\ncaf\xe9 \x96 \x93forte\x94;\x80 10;pronta entrega\n',
      'latin1',
    ),
    'UTF-16': Buffer.from('\ufeffdescrição;preço\ncafé – “forte”;€ 10;pronta entrega\n', 'utf16le'),
  };
  for (const [encoding, bytes] of Object.entries(encodings)) {
    it(`as a text file in ${encoding}, as older programs write it, with its accents`, async () => {
      const text = 'descrição;preço\ncafé – “forte”;€ 10;pronta entrega\n';
      const ref = await newEnrichment(bench, { bytes, mimeType: 'text/csv', contentType: 'document' });
      await planEnrichment(bench.deps, ref);
      assert.equal((await stored(ref.enrichmentId)).extractedText, text);
    });
  }
});

describe('a text', () => {
  it('keeps whole emoji and loses NUL and halves', () => {
    assert.equal(storable('oi \u{1f600}'), 'oi \u{1f600}');
    assert.equal(storable(BAD), GOOD);
    assert.deepEqual(storableJson({ [BAD]: [BAD, 1, null, { when: true }] }), {
      [GOOD]: [GOOD, 1, null, { when: true }],
    });
  });

  it('is cut before a pair and not inside it', () => {
    assert.equal(cutText('ab\u{1f600}', 3), 'ab');
    assert.equal(cutText('ab\u{1f600}', 4), 'ab\u{1f600}');
    assert.equal(cutText('abc', 10), 'abc');
    assert.equal(cutText('abc', 0), '');
  });
});
