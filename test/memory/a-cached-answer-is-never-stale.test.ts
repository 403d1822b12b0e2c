import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { addFact, searchMemory, type SearchRequest, type SearchResult } from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

describe('a cached answer is never stale', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let embedded = 0;

  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    await say(db, conversation, { text: 'O orçamento da cozinha ficou em R$ 18.900,00' });
  });
  after(() => db.close());

  function search(changes: Partial<SearchRequest> = {}): Promise<SearchResult> {
    return searchMemory(db, {
      tenantId: conversation.tenantId,
      contactId: conversation.contactId,
      query: 'orçamento da cozinha',
      queryVector: async () => {
        embedded += 1;
        return { vector: Array.from({ length: 768 }, () => 1), model: 'test' };
      },
      topK: 5,
      strategy: 'hybrid',
      ...changes,
    });
  }

  it('answers the same question about a contact again without embedding it, and says so', async () => {
    const first = await search();
    const paid = embedded;
    const second = await search();
    assert.equal(first.isCached, false);
    assert.equal(second.isCached, true);
    assert.deepEqual(second.results, first.results);
    assert.equal(embedded, paid);
  });

  it('takes another question, scope or weighting for another answer', async () => {
    await search();
    const changes: Partial<SearchRequest>[] = [
      { query: 'orcamento do banheiro' },
      { topK: 4 },
      { fusion: 'rrf' },
      { strategy: 'keyword_only' },
      { sessionId: conversation.sessionId },
      { types: ['text'] },
      { since: new Date(0) },
      { until: new Date('2100-01-01') },
      { metadata: { role: 'customer' } },
      { minRelevance: 0.01 },
      { sources: ['message'] },
      { queryVector: { vector: Array.from({ length: 768 }, (_, index) => index + 1), model: 'test' } },
    ];
    for (const change of changes) assert.equal((await search(change)).isCached, false, JSON.stringify(change));
  });

  it('sees what was said since, at once', async () => {
    await search();
    const id = await say(db, conversation, { text: 'Mudou: o orçamento da cozinha agora é R$ 21.000,00' });
    const after = await search();
    assert.equal(after.isCached, false);
    assert.ok(after.results.some(({ sourceId }) => sourceId === id));
  });

  it('does not keep what may be better at once, nor what the strategy does not let it', async () => {
    const withoutVector: Partial<SearchRequest> = { queryVector: { vector: null, reason: 'PROVIDER_UNAVAILABLE' } };
    await search(withoutVector);
    assert.equal((await search(withoutVector)).isCached, false);
    // Postgres has no such character.
    const withoutGraph: Partial<SearchRequest> = { strategy: 'graph_only', query: 'orçamento \0' };
    assert.deepEqual((await search(withoutGraph)).degraded, ['graph']);
    assert.equal((await search(withoutGraph)).isCached, false);
    await search({ strategy: 'support_technical' });
    assert.equal((await search({ strategy: 'support_technical' })).isCached, false);
    await search({ contactId: null });
    assert.equal((await search({ contactId: null })).isCached, false);
  });

  it('ends when a fact in it is replaced on a set day', async () => {
    const { tenantId, contactId } = conversation;
    const [old, next] = await db.withTenant(tenantId, async (tx) => {
      const actor = { by: 'system' } as const;
      const fact = { contactId, type: 'attribute', reason: null, actor } as const;
      return [
        await addFact(tx, tenantId, { ...fact, text: 'O orçamento da cozinha vale até sexta' }),
        await addFact(tx, tenantId, { ...fact, text: 'A cozinha terá outro prazo' }),
      ];
    });
    // Later than two searches on this machine, as busy as it is.
    const askedAt = Date.now();
    await search();
    const endsAt = new Date(Date.now() + 1_000 + 10 * (Date.now() - askedAt));
    await db.withTenant(tenantId, (tx) =>
      tx.memoryFact.update({ where: { id: old.id }, data: { supersededBy: next.id, validTo: endsAt } }),
    );
    const holds = ({ results }: SearchResult) => results.some(({ content }) => content.includes('até sexta'));
    assert.ok(holds(await search()), 'the fact holds still');
    assert.equal((await search()).isCached, true);
    await sleep(endsAt.getTime() - Date.now() + 100);
    const after = await search();
    assert.equal(after.isCached, false);
    assert.ok(!holds(after));
  });

  it('is not given to another tenant, nor about a contact who was deleted', async () => {
    await search();
    const { tenantId } = await newTenant(db);
    await assert.rejects(search({ tenantId }), { code: 'NOT_FOUND' });
    await db.withTenant(conversation.tenantId, (tx) =>
      tx.contact.update({ where: { id: conversation.contactId }, data: { deletedAt: new Date() } }),
    );
    await assert.rejects(search(), { code: 'NOT_FOUND' });
  });
});
