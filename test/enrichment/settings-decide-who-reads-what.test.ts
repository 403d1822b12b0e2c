import assert from 'node:assert/strict';
import { changeMediaSettings, type MediaSettingsChange } from '../../core/enrichment/media-settings-repository';
import { planEnrichment } from '../../core/enrichment/plan';
import { parseDocument } from '../../core/enrichment/read-document';
import { transcribe } from '../../core/enrichment/read-speech';
import { deferEnrichment } from '../../core/enrichment/repository';
import { newId } from '../../core/ids';
import { fixture } from '../media/fixtures';
import { newTenant } from '../support/tenant';
import { attempt, newEnrichment, startBench, type Bench } from './support';

describe('settings decide who reads what', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  async function shopWith(change: MediaSettingsChange): Promise<Bench> {
    const { tenantId } = await newTenant(bench.deps.db);
    const shop: Bench = { ...bench, tenantId, inTenant: (work) => bench.deps.db.withTenant(tenantId, work) };
    await shop.inTenant((tx) => changeMediaSettings(tx, tenantId, { channelId: null, change }));
    return shop;
  }
  const voiceOf = async (shop: Bench) =>
    newEnrichment(shop, { bytes: await fixture('voice.ogg'), mimeType: 'audio/ogg', contentType: 'voice' });
  const row = (shop: Bench, id: string) =>
    shop.inTenant((tx) => tx.messageEnrichment.findFirstOrThrow({ where: { tenantId: shop.tenantId, id } }));

  it('in this order, with this model, and pays for the model that was asked', async () => {
    const shop = await shopWith({ voice: { chain: ['openai', 'groq/whisper-large-v3'], priority: 5 } });
    const ref = await voiceOf(shop);
    const plan = await planEnrichment(bench.deps, ref);
    assert.equal(plan.step, 'read');
    assert.deepEqual(plan.providers, ['openai', 'groq/whisper-large-v3']);
    assert.equal(plan.priorityKey, 3);
    await transcribe(bench.deps, { ...ref, provider: 'groq/whisper-large-v3' }, attempt());
    const { provider, model, status } = await row(shop, ref.enrichmentId);
    assert.deepEqual([provider, model, status], ['groq', 'whisper-large-v3', 'completed']);
    const cost = await shop.inTenant((tx) => tx.aiCost.findFirstOrThrow({ where: { enrichmentId: ref.enrichmentId } }));
    assert.equal(cost.model, 'whisper-large-v3');
    const { fields } = bench.simulator.requests('groq').at(-1)?.body as { fields: { model: string } };
    assert.equal(fields.model, 'whisper-large-v3');
  });

  it('and leaves other tenants alone', async () => {
    await shopWith({ voice: { enabled: false } });
    const plan = await planEnrichment(bench.deps, await voiceOf(bench));
    assert.ok(plan.step === 'read');
    assert.deepEqual([plan.providers, plan.priorityKey], [['groq', 'openai'], 1]);
  });

  it('a kind that is switched off is kept and not read', async () => {
    const shop = await shopWith({ voice: { enabled: false } });
    const ref = await voiceOf(shop);
    assert.deepEqual(await planEnrichment(bench.deps, ref), { step: 'settled', hasText: false, mediaKind: 'voice' });
    const { status, errorCode, mediaId } = await row(shop, ref.enrichmentId);
    assert.deepEqual([status, errorCode, mediaId], ['failed', 'MEDIA_SWITCHED_OFF', ref.mediaId]);
  });

  it('a file over the limit of its kind is kept and not read', async () => {
    const shop = await shopWith({ image: { maxMb: 1 } });
    // A header of a picture, and a comment of more than a megabyte.
    const bytes = Buffer.concat([await fixture('photo.jpg'), Buffer.alloc(1_000_001)]);
    const ref = await newEnrichment(shop, { bytes, mimeType: 'image/jpeg', contentType: 'image' });
    assert.deepEqual(await planEnrichment(bench.deps, ref), { step: 'settled', hasText: false, mediaKind: 'image' });
    assert.equal((await row(shop, ref.enrichmentId)).errorCode, 'MEDIA_TOO_LARGE');
  });

  it('what waited and is read from an earlier copy says nothing more of why it waited', async () => {
    const shop = await shopWith({});
    const first = await voiceOf(shop);
    await transcribe(bench.deps, { ...first, provider: 'groq' }, attempt());
    const { tenantId, enrichmentId } = await voiceOf(shop);
    const waits = { code: 'BUDGET_DEFERRED', message: 'it waits', waitMs: 60_000 } as const;
    await shop.inTenant((tx) => deferEnrichment(tx, tenantId, enrichmentId, waits));
    const plan = await planEnrichment(bench.deps, { tenantId, enrichmentId });
    assert.deepEqual(plan, { step: 'settled', hasText: true, mediaKind: 'voice' });
    const { status, errorCode, errorMessage, deferredUntil } = await row(shop, enrichmentId);
    assert.deepEqual([status, errorCode, errorMessage, deferredUntil], ['completed', null, null, null]);
  });

  it('what waited and is read now waits for nothing, and says so again when it has to', async () => {
    const shop = await shopWith({});
    const { tenantId, enrichmentId } = await voiceOf(shop);
    const defer = () =>
      shop.inTenant((tx) =>
        deferEnrichment(tx, tenantId, enrichmentId, { code: 'PROVIDER_UNAVAILABLE', message: 'down', waitMs: 1 }),
      );
    await defer();
    assert.equal((await planEnrichment(bench.deps, { tenantId, enrichmentId })).step, 'read');
    const { status, errorCode, errorMessage, deferredUntil } = await row(shop, enrichmentId);
    assert.deepEqual([status, errorCode, errorMessage, deferredUntil], ['processing', null, null, null]);
    await defer();
    assert.notEqual((await row(shop, enrichmentId)).deferredUntil, null);
  });

  it('an unknown model of a provider with one model is a refusal that names it', async () => {
    const ref = { tenantId: bench.tenantId, enrichmentId: newId() };
    await assert.rejects(
      parseDocument(bench.deps, { ...ref, provider: 'pdf_text/other' }, attempt()),
      /pdf_text has one model only, pdf-text-layer/,
    );
  });
});
