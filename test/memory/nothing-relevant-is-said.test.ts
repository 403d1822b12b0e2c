import assert from 'node:assert/strict';
import { searchMemory, type SearchRequest, type SearchResult } from '../../core/memory';
import { isAppError } from '../../core/errors';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

describe('nothing relevant is said', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let silent: TestConversation;

  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    for (const text of [
      'oi, vcs fazem canal?',
      'Fazemos! O canal fica R$ 900',
      'posso pagar no pix?',
      'Pode, a chave é o CNPJ',
      'moro na rua das acácias 310',
      'ok',
    ]) {
      await say(db, conversation, { text });
    }
    silent = await newConversation(db, (await newTenant(db)).tenantId);
  });
  after(() => db.close());

  function search(query: string, more: Partial<SearchRequest> = {}): Promise<SearchResult> {
    const { tenantId, contactId } = conversation;
    return searchMemory(db, {
      tenantId,
      contactId,
      query,
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 10,
      strategy: 'keyword_only',
      ...more,
    });
  }

  it('of a subject that never came up', async () => {
    const { results, emptyReason } = await search('quando foi a viagem para o Japão?');
    assert.deepEqual([results, emptyReason], [[], 'nothing_relevant']);
  });

  it('and not where another word for it stands', async () => {
    for (const [query, expected] of [
      ['qual a forma de pagamento?', 'pix'],
      ['qual o endereço dele?', 'acácias'],
      ['quanto custa o canal?', '900'],
    ] as const) {
      const { results, emptyReason } = await search(query);
      assert.equal(emptyReason, null);
      assert.ok(
        results.slice(0, 3).some(({ content }) => content.includes(expected)),
        `${query}: ${results.map(({ content }) => content).join(' | ')}`,
      );
    }
  });

  it('of what is less relevant than asked for, every hit saying how relevant it is', async () => {
    const all = await search('quanto custa o canal?', { minRelevance: 0 });
    const relevances = all.results.map(({ relevance }) => relevance ?? -1);
    assert.ok(relevances.every((relevance) => relevance >= 0 && relevance <= 1));
    const [best = 0] = [...relevances].sort((a, b) => b - a);
    const some = await search('quanto custa o canal?', { minRelevance: best });
    assert.ok(some.results.length >= 1 && some.results.length < all.results.length);
    const none = await search('quanto custa o canal?', { minRelevance: 1 });
    assert.deepEqual([none.results, none.emptyReason], [[], 'nothing_relevant']);
  });

  it('nothing stored is another reason, also by filters', async () => {
    const { tenantId, contactId } = silent;
    assert.equal((await search('canal', { tenantId, contactId })).emptyReason, 'nothing_stored');
    assert.equal((await search('canal', { types: ['audio'] })).emptyReason, 'nothing_stored');
    const recent = await search('canal', { tenantId, contactId, strategy: 'recent_only' });
    assert.equal(recent.emptyReason, 'nothing_stored');
  });

  it('being new is not relevant or irrelevant', async () => {
    const { results } = await search('helicóptero', { strategy: 'recent_only', minRelevance: 1 });
    assert.equal(results.length, 6);
    assert.ok(results.every(({ relevance }) => relevance === null));
  });

  it('a search without a leg that ran gives no reason', async () => {
    const { results, emptyReason, degraded } = await search('canal', { strategy: 'vector_only' });
    assert.deepEqual([results, emptyReason, degraded], [[], null, ['vector']]);
  });

  it('a minimum outside 0 to 1 is refused', async () => {
    for (const minRelevance of [-0.1, 1.1, NaN]) {
      await assert.rejects(search('canal', { minRelevance }), (error) => isAppError(error, 'VALIDATION_ERROR'));
    }
  });
});
