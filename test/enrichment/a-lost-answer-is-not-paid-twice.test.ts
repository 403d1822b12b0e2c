import assert from 'node:assert/strict';
import { parseDocument } from '../../core/enrichment/read-document';
import { describeImage } from '../../core/enrichment/read-image';
import { transcribe } from '../../core/enrichment/read-speech';
import { fixture } from '../media/fixtures';
import { attempt, newEnrichment, startBench, type Bench } from './support';

describe('a lost answer is not paid twice', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  beforeEach(() => bench.simulator.reset());
  after(() => bench.stop());

  const billed = async (enrichmentId: string) => {
    const { tenantId, inTenant } = bench;
    const { _sum, _count } = await inTenant((tx) =>
      tx.aiCost.aggregate({ where: { tenantId, enrichmentId }, _sum: { costMicros: true }, _count: true }),
    );
    return { micros: _sum.costMicros, calls: _count };
  };

  it('an image', async () => {
    const image = { bytes: await fixture('photo.jpg'), mimeType: 'image/jpeg', contentType: 'image' };
    const ref = await newEnrichment(bench, image);
    const run = attempt();
    await describeImage(bench.deps, { ...ref, provider: 'vertex' }, run);
    const once = await billed(ref.enrichmentId);
    await describeImage(bench.deps, { ...ref, provider: 'vertex' }, run);
    assert.equal(bench.simulator.requestCount('vertex'), 1);
    assert.deepEqual(await billed(ref.enrichmentId), once);
  });

  it('a frame and the sound of a video', async () => {
    const video = { bytes: await fixture('video.mp4'), mimeType: 'video/mp4', contentType: 'video' };
    const ref = await newEnrichment(bench, video);
    const frame = await newEnrichment(bench, {
      bytes: await fixture('photo.jpg'),
      mimeType: 'image/jpeg',
      contentType: 'image',
    });
    const sound = await newEnrichment(bench, {
      bytes: await fixture('voice.ogg'),
      mimeType: 'audio/ogg',
      contentType: 'audio',
    });
    const parts = {
      frame: { key: 'frame-1', mediaId: frame.mediaId, atSeconds: 1 },
      sound: { key: 'sound', mediaId: sound.mediaId, atSeconds: 0 },
    };
    for (let time = 0; time < 2; time++) {
      await describeImage(bench.deps, { ...ref, provider: 'vertex', part: parts.frame }, attempt());
      await transcribe(bench.deps, { ...ref, provider: 'groq', part: parts.sound }, attempt());
    }
    assert.equal(bench.simulator.requestCount('vertex'), 1);
    assert.equal(bench.simulator.requestCount('groq'), 1);
    assert.equal((await billed(ref.enrichmentId)).calls, 2);
  });

  it('a voice note', async () => {
    const voice = { bytes: await fixture('voice.ogg'), mimeType: 'audio/ogg', contentType: 'voice' };
    const ref = await newEnrichment(bench, voice);
    for (let time = 0; time < 2; time++) await transcribe(bench.deps, { ...ref, provider: 'groq' }, attempt());
    assert.equal(bench.simulator.requestCount('groq'), 1);
    assert.equal((await billed(ref.enrichmentId)).calls, 1);
  });

  it('a document', async () => {
    const order = { bytes: await fixture('order.pdf'), mimeType: 'application/pdf', contentType: 'document' };
    const ref = await newEnrichment(bench, order);
    await parseDocument(bench.deps, { ...ref, provider: 'llamaparse' }, attempt());
    const requests = bench.simulator.requestCount('llamaparse');
    await parseDocument(bench.deps, { ...ref, provider: 'llamaparse' }, attempt());
    assert.equal(bench.simulator.requestCount('llamaparse'), requests);
    assert.equal((await billed(ref.enrichmentId)).calls, 1);
  });

  it('nor is anything paid for what was given up before its attempt began', async () => {
    const given = { bytes: await fixture('voice.ogg'), mimeType: 'audio/ogg', contentType: 'voice' };
    const ref = await newEnrichment(bench, given);
    const { tenantId, enrichmentId: id } = ref;
    await bench.inTenant((tx) =>
      tx.messageEnrichment.updateMany({ where: { tenantId, id }, data: { status: 'failed' } }),
    );
    const ways = [
      () => transcribe(bench.deps, { ...ref, provider: 'groq' }, attempt()),
      () => describeImage(bench.deps, { ...ref, provider: 'vertex' }, attempt()),
      () => parseDocument(bench.deps, { ...ref, provider: 'llamaparse' }, attempt()),
    ];
    for (const way of ways) await assert.rejects(way, { code: 'ENRICHMENT_GIVEN_UP' });
    assert.deepEqual(await billed(id), { micros: null, calls: 0 });
  });
});
