import assert from 'node:assert/strict';
import { getContactFacts, searchMemory, storeFacts, type GivenFact } from '../../core/memory';
import { isAppError } from '../../core/errors';
import { newTenant } from '../support/tenant';
import { testDatabase } from '../support/database';
import { newConversation, say, type TestConversation } from './fixtures';

describe('the same fact twice is one row', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
  });
  after(() => db.close());

  const saidAt = new Date();
  const fact = (sourceMessageId: string, changes: Partial<GivenFact> = {}): GivenFact => ({
    type: 'budget',
    text: 'O orçamento é de R$ 45.000.',
    confidence: 0.7,
    sourceMessageId,
    saidAt,
    startsAt: null,
    endsAt: null,
    ...changes,
  });
  const store = (facts: GivenFact[], contactId = conversation.contactId) =>
    db.withTenant(conversation.tenantId, (tx) =>
      storeFacts(tx, conversation.tenantId, { contactId, model: 'test', facts }),
    );
  const known = (options: { asOf?: Date } = {}) =>
    db.withTenant(conversation.tenantId, (tx) =>
      getContactFacts(tx, conversation.tenantId, { contactId: conversation.contactId, ...options }),
    );

  it('stored by five transactions at once, with the same message: one row, same confidence', async () => {
    const messageId = await say(db, conversation, { text: 'meu orçamento é 45 mil' });
    await Promise.all(Array.from({ length: 5 }, () => store([fact(messageId)])));
    const facts = await known();
    assert.equal(facts.length, 1);
    assert.equal(facts[0]?.confidence, 0.7);
    assert.deepEqual(facts[0]?.evidenceMessageIds, [messageId]);
  });

  it('said again in other words of spelling and another message: more evidence, more confidence', async () => {
    const messageId = await say(db, conversation, { text: 'como disse, 45 mil' });
    const [row] = await store([fact(messageId, { text: 'o ORCAMENTO é de R$ 45.000' })]);
    assert.ok(row);
    assert.equal(row.evidenceMessageIds.length, 2);
    assert.ok(row.confidence > 0.7 && row.confidence <= 0.95);
    assert.equal((await known()).length, 1);
  });

  it('twice in one answer of the model: one row', async () => {
    const messageId = await say(db, conversation, { text: 'prefiro contato pela manhã' });
    const preference = fact(messageId, { type: 'preference', text: 'Prefere contato pela manhã.' });
    const rows = await store([preference, { ...preference, text: 'prefere contato pela manha' }]);
    assert.equal(rows.length, 1);
  });

  it('a message of the company, or of another contact, is no evidence', async () => {
    const fromCompany = await say(db, conversation, { text: 'seu orçamento é 10 mil', fromMe: true });
    const stranger = await newConversation(db, conversation.tenantId);
    const fromStranger = await say(db, stranger, { text: 'tenho 10 mil' });
    for (const messageId of [fromCompany, fromStranger]) {
      await assert.rejects(store([fact(messageId, { text: 'Tem 10 mil.' })]), (error) =>
        isAppError(error, 'INVARIANT_VIOLATION'),
      );
    }
  });

  it('an expired fact is neither listed nor found, but was known as of its time', async () => {
    const longAgo = new Date(Date.now() - 200 * 24 * 3600 * 1000);
    const messageId = await say(db, conversation, { text: 'quero um helicóptero', sentAt: longAgo });
    await store([fact(messageId, { text: 'Quer gastar com piscina olímpica.', saidAt: longAgo })]);
    assert.ok((await known()).every((row) => !row.text.includes('piscina')));
    const then = await known({ asOf: new Date(longAgo.getTime() + 24 * 3600 * 1000) });
    assert.deepEqual(
      then.map((row) => row.text),
      ['Quer gastar com piscina olímpica.'],
    );
    const { results } = await searchMemory(db, {
      tenantId: conversation.tenantId,
      contactId: conversation.contactId,
      query: 'piscina olímpica',
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 10,
      strategy: 'keyword_only',
    });
    assert.deepEqual(results, []);
  });

  it('a fact is found by search with its source', async () => {
    const { results } = await searchMemory(db, {
      tenantId: conversation.tenantId,
      contactId: conversation.contactId,
      query: 'qual o orçamento?',
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 10,
      strategy: 'keyword_only',
      sources: ['fact'],
    });
    assert.equal(results.length, 1);
    assert.equal(results[0]?.source, 'fact');
    assert.equal(results[0]?.metadata['factType'], 'budget');
  });
});
