import assert from 'node:assert/strict';
import { isAppError } from '../../core/errors';
import {
  customerMessages,
  factsToEmbed,
  getContactFacts,
  getFactsById,
  messagesToEmbed,
  searchMemory,
  storeExternalEmbedding,
  storeFacts,
} from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { bagOfWords } from './bag-of-words';
import { newConversation, say, type TestConversation } from './fixtures';

describe('another tenant sees nothing of the memory', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let messageId: string;
  let factId: string;
  let stranger: string;

  before(async () => {
    const { tenantId } = await newTenant(db);
    stranger = (await newTenant(db)).tenantId;
    conversation = await newConversation(db, tenantId);
    messageId = await say(db, conversation, { text: 'Meu segredo é um telescópio' });
    await db.withTenant(tenantId, async (tx) => {
      const [fact] = await storeFacts(tx, tenantId, {
        contactId: conversation.contactId,
        model: 'test',
        facts: [fact0()],
      });
      factId = fact?.id ?? '';
      await storeExternalEmbedding(tx, tenantId, external());
    });
  });
  after(() => db.close());

  const fact0 = () => ({
    type: 'attribute' as const,
    text: 'Tem um telescópio.',
    confidence: 0.7,
    sourceMessageId: messageId,
    saidAt: new Date(),
    startsAt: null,
    endsAt: null,
  });
  const external = () => ({
    contactId: conversation.contactId,
    sessionId: null,
    messageId,
    contentType: 'document' as const,
    contentText: 'Nota fiscal do telescópio',
    embedding: bagOfWords('telescópio'),
    model: 'test',
    configured: { provider: 'test', model: 'test' },
    metadata: {},
  });
  const isNotFound = (error: unknown) => isAppError(error, 'NOT_FOUND');

  it('the owner finds message, fact and document', async () => {
    const { results } = await search(conversation.tenantId, null);
    assert.equal(results.length, 3);
  });

  it('by search of the whole tenant, of the contact, of the session', async () => {
    assert.deepEqual((await search(stranger, null)).results, []);
    await assert.rejects(search(stranger, conversation.contactId), isNotFound);
  });

  it('by any reading or writing function', async () => {
    await db.withTenant(stranger, async (tx) => {
      assert.deepEqual(await messagesToEmbed(tx, stranger, { messageIds: [messageId] }), []);
      assert.deepEqual(await customerMessages(tx, stranger, { messageIds: [messageId] }), []);
      assert.deepEqual(await factsToEmbed(tx, stranger, [factId]), []);
      assert.deepEqual(await getFactsById(tx, stranger, [factId]), []);
      await assert.rejects(getContactFacts(tx, stranger, { contactId: conversation.contactId }), isNotFound);
      await assert.rejects(storeExternalEmbedding(tx, stranger, external()), isNotFound);
      await assert.rejects(
        storeFacts(tx, stranger, { contactId: conversation.contactId, model: 'test', facts: [fact0()] }),
        (error) => isAppError(error, 'INVARIANT_VIOLATION'),
      );
    });
  });

  function search(tenantId: string, contactId: string | null) {
    return searchMemory(db, {
      tenantId,
      contactId,
      query: 'telescopio',
      queryVector: { vector: bagOfWords('telescópio'), model: 'test' },
      topK: 10,
      strategy: 'hybrid',
    });
  }
});
