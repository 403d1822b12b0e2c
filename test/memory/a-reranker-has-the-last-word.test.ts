import assert from 'node:assert/strict';
import { createLedger } from '../../core/money/ledger';
import { loadPrices } from '../../core/money/price-table';
import { searchMemory, type SearchRequest, type SearchResult } from '../../core/memory';
import { rerankTexts } from '../../core/memory/rerank-texts';
import { createCallPolicy } from '../../core/providers/policy';
import { createProviders } from '../../core/providers/create-providers';
import { newId } from '../../core/ids';
import { startSimulator, type Simulator } from '../../simulator/index';
import { configFor } from '../providers/support';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

const TEXTS = ['o prazo', 'o prazo de entrega é de três dias', 'entrega do prazo prazo prazo'];

describe('a reranker has the last word', () => {
  const db = testDatabase();
  let simulator: Simulator;
  let conversation: TestConversation;

  before(async () => {
    simulator = await startSimulator({ apiKeys: { jina: 'jina_test' } });
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    for (const text of TEXTS) await say(db, conversation, { text });
  });
  beforeEach(() => simulator.reset());
  after(async () => {
    await simulator.stop();
    await db.close();
  });

  function search(changes: Partial<SearchRequest> = {}): Promise<SearchResult> {
    const { reranker } = createProviders(configFor(simulator.urls));
    const { tenantId, contactId } = conversation;
    const deps = { db, ledger: createLedger(loadPrices()), reranker: reranker!, callPolicy: createCallPolicy() };
    return searchMemory(db, {
      tenantId,
      contactId,
      query: 'prazo de entrega em dias',
      queryVector: { vector: null, reason: 'not part of this test' },
      topK: 2,
      strategy: 'keyword_only',
      rerank: ({ timeoutMs: _, ...of }) =>
        rerankTexts(
          deps,
          { tenantId, ...of, activityKey: `test:${newId()}`, subject: {} },
          AbortSignal.timeout(60_000),
        ),
      ...changes,
    });
  }

  it('where the request asks for it: its order, its score, and its price in the ledger', async () => {
    const { results, degraded } = await search({ isReranked: true });
    assert.deepEqual(degraded, []);
    assert.equal(results.length, 2);
    const scores = results.map(({ rerankScore }) => rerankScore ?? -1);
    assert.ok((scores[0] ?? -1) >= (scores[1] ?? 0) && (scores[1] ?? -1) >= 0, `scores ${scores.join(', ')}`);
    const costs = await db.withTenant(conversation.tenantId, (tx) =>
      tx.aiCost.findMany({ where: { tenantId: conversation.tenantId, operation: 'rerank' } }),
    );
    assert.equal(costs.length, 1);
  });

  it('and not where neither it nor the strategy does', async () => {
    const { results } = await search();
    assert.ok(results.every(({ rerankScore }) => rerankScore === undefined));
    assert.equal(simulator.requests('jina').length, 0);
  });

  it('when it is down the search keeps its own order and says so', async () => {
    const own = await search({ topK: 3 });
    const down = await search({
      topK: 3,
      isReranked: true,
      rerank: () => Promise.resolve({ order: null, reason: 'PROVIDER_UNAVAILABLE: jina answered 503' }),
    });
    assert.ok(down.degraded.includes('rerank'));
    assert.ok(down.degradedReasons.some((reason) => reason.includes('503')));
    assert.deepEqual(
      down.results.map(({ sourceId }) => sourceId),
      own.results.map(({ sourceId }) => sourceId),
    );
  });
});
