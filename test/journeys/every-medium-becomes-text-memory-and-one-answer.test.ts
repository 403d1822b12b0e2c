import assert from 'node:assert/strict';
import path from 'node:path';
import { searchMemory } from '../../core/memory';
import { eventually } from '../support/eventually';
import { MEDIA_FIXTURES, startProduct, type Product } from '../support/product';

const CUSTOMER = { session: 'loja', from: '5511987654321@c.us', pushName: 'Marina' };

const MEDIA = [
  {
    type: 'image',
    file: { path: path.join(MEDIA_FIXTURES, 'photo.jpg'), mimetype: 'image/jpeg', filename: 'foto.jpg' },
  },
  {
    type: 'voice',
    file: { path: path.join(MEDIA_FIXTURES, 'voice.ogg'), mimetype: 'audio/ogg; codecs=opus', filename: 'voz.ogg' },
  },
  {
    type: 'document',
    file: { path: path.join(MEDIA_FIXTURES, 'order.pdf'), mimetype: 'application/pdf', filename: 'pedido.pdf' },
  },
  {
    type: 'video',
    file: { path: path.join(MEDIA_FIXTURES, 'video.mp4'), mimetype: 'video/mp4', filename: 'video.mp4' },
  },
] as const;

describe('every medium becomes text, memory and one answer', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('reads text, photo, voice, PDF and video in one turn and answers once through the channel', async () => {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 1_500 });
    const { simulator, db, client } = product;
    await simulator.waha.receive({ ...CUSTOMER, type: 'text', text: 'Oi! Meu orçamento é até R$ 400.' });
    for (const medium of MEDIA) await simulator.waha.receive({ ...CUSTOMER, ...medium });

    const [reply] = await eventually('the reply at the channel', () => {
      const sent = simulator.waha.sent();
      return sent.length > 0 && sent;
    });
    assert.ok(reply?.text);

    const enrichments = await db.withTenant(tenantId, (tx) => tx.messageEnrichment.findMany({ where: { tenantId } }));
    const summary = enrichments
      .map(({ contentType, status, provider }) => `${contentType} ${status} ${provider}`)
      .sort();
    assert.deepEqual(summary, [
      'document completed llamaparse',
      'image completed vertex',
      'video completed groq+vertex',
      'voice completed groq',
    ]);
    for (const { extractedText, costMicros } of enrichments) {
      assert.ok(extractedText);
      assert.ok(costMicros > 0n);
    }

    const turns = await db.withTenant(tenantId, (tx) => tx.decisionRecord.findMany({ where: { tenantId } }));
    assert.equal(turns.length, 1);
    assert.equal(turns[0]?.outcome, 'replied');

    await eventually('facts and vectors of all five messages', async () => {
      const { facts, messages } = await db.withTenant(tenantId, async (tx) => ({
        facts: await tx.memoryFact.count({ where: { tenantId } }),
        messages: await tx.memoryEmbedding.count({ where: { tenantId, contentType: 'message' } }),
      }));
      return facts > 0 && messages === 6;
    });
    const { results } = await searchMemory(db, {
      tenantId,
      query: enrichments.find(({ contentType }) => contentType === 'document')?.extractedText?.slice(0, 60) ?? '',
      queryVector: { vector: null, reason: 'keyword only' },
      topK: 3,
      strategy: 'keyword_only',
    });
    assert.ok(results.some(({ sourceId }) => enrichments.some(({ messageId }) => messageId === sourceId)));

    const kinds = await eventually('every workflow in the visibility store', async () => {
      const found: string[] = [];
      for await (const run of client.workflow.list({ query: `VentrosTenantId = '${tenantId}'` })) found.push(run.type);
      return found.length >= 9 && found;
    });
    assert.deepEqual([...new Set(kinds)].sort(), [
      'conversationWorkflow',
      'embedMessagesWorkflow',
      'enrichmentWorkflow',
      'extractFactsWorkflow',
      'sendingWorkflow',
      'turnWorkflow',
    ]);
  });

  it('writes one settled ledger row for every call that was paid', async () => {
    const { tenantId } = await product.newShop();
    await product.simulator.waha.receive({ ...CUSTOMER, ...MEDIA[1] });
    await eventually('the reply', () => product.simulator.waha.sent().length > 1);
    const costs = await product.db.withTenant(tenantId, (tx) => tx.aiCost.findMany({ where: { tenantId } }));
    const speech = costs.filter(({ operation }) => operation === 'speech');
    assert.equal(speech.length, 1);
    assert.equal(speech[0]?.status, 'settled');
    // 10 s is the least Groq bills: $0.04 an hour.
    assert.equal(speech[0]?.costMicros, 112n);
    assert.ok(costs.some(({ operation, costMicros }) => operation === 'language' && costMicros > 0n));
  });
});
