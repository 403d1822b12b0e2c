import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDocument } from '../../core/enrichment/read-document';
import { describeImage } from '../../core/enrichment/read-image';
import { transcribe } from '../../core/enrichment/read-speech';
import { fixture, pdfOfPages } from '../media/fixtures';
import { attempt, newEnrichment, startBench, type Bench } from './support';

describe('reservations are upper bounds', () => {
  let bench: Bench;
  let folder: string;
  before(async () => {
    bench = await startBench();
    folder = await mkdtemp(path.join(tmpdir(), 'reservation-test-'));
  });
  beforeEach(() => bench.simulator.reset());
  after(async () => {
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const costOf = (enrichmentId: string) =>
    bench.inTenant((tx) => tx.aiCost.findFirstOrThrow({ where: { tenantId: bench.tenantId, enrichmentId } }));

  it('of a recording that is nearly silent, whose bytes say little of its length', async () => {
    const file = path.join(folder, 'silence.ogg');
    const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=16000:cl=mono', '-t', '120', '-c:a', 'libopus', '-b:a', '6k'];
    execFileSync(await bench.deps.ffmpeg.locate(), ['-hide_banner', '-loglevel', 'error', ...silence, file]);
    const bytes = readFileSync(file);
    const ref = await newEnrichment(bench, { bytes, mimeType: 'audio/ogg', contentType: 'voice' });
    await transcribe(bench.deps, { ...ref, provider: 'groq' }, attempt());
    const { reservedMicros, costMicros } = await costOf(ref.enrichmentId);
    assert.ok(costMicros > 0n);
    assert.ok(reservedMicros >= costMicros, `${reservedMicros} reserved, ${costMicros} paid`);
    // Two minutes and a second at 0.04 dollars an hour: the length is known and not guessed from the size.
    assert.equal(reservedMicros, 1_345n);
  });

  it('of an image', async () => {
    const bytes = await fixture('photo.jpg');
    const ref = await newEnrichment(bench, { bytes, mimeType: 'image/jpeg', contentType: 'image' });
    await describeImage(bench.deps, { ...ref, provider: 'vertex' }, attempt());
    const { reservedMicros, costMicros } = await costOf(ref.enrichmentId);
    assert.ok(costMicros > 0n && reservedMicros >= costMicros, `${reservedMicros} reserved, ${costMicros} paid`);
  });

  it('of a PDF, by its pages', async () => {
    const bytes = pdfOfPages(130, Buffer.from('BT ET'));
    const ref = await newEnrichment(bench, { bytes, mimeType: 'application/pdf', contentType: 'document' });
    await parseDocument(bench.deps, { ...ref, provider: 'llamaparse' }, attempt());
    const { reservedMicros, model } = await costOf(ref.enrichmentId);
    const { perPage = 0 } = bench.prices.priceOf('llamaparse', model);
    assert.equal(reservedMicros, BigInt(130 * perPage));
  });

  it('of a document whose pages cannot be counted: the provider is told where to stop', async () => {
    const mimeType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    const bytes = Buffer.from('PK\u0003\u0004 a document of unknown length');
    const ref = await newEnrichment(bench, { bytes, mimeType, contentType: 'document' });
    await parseDocument(bench.deps, { ...ref, provider: 'llamaparse' }, attempt());
    const { reservedMicros, costMicros, model } = await costOf(ref.enrichmentId);
    const { perPage = 0 } = bench.prices.priceOf('llamaparse', model);
    assert.equal(reservedMicros, BigInt(1_000 * perPage));
    assert.ok(reservedMicros >= costMicros);
    assert.match(JSON.stringify(bench.simulator.requests('llamaparse')), /max_pages[^0-9]*1000/);
  });
});
