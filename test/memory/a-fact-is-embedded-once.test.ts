import assert from 'node:assert/strict';
import { addFact, factsToEmbed, storeEmbeddings } from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { bagOfWords } from './bag-of-words';
import { newConversation, say } from './fixtures';

describe('a fact is embedded once', () => {
  const db = testDatabase();
  after(() => db.close());

  it('per model: one that only gained evidence needs no second vector', async () => {
    const { tenantId } = await newTenant(db);
    const conversation = await newConversation(db, tenantId);
    const messageId = await say(db, conversation, { text: 'Tenho 45 mil' });
    await db.withTenant(tenantId, async (tx) => {
      const { id } = await addFact(tx, tenantId, {
        contactId: conversation.contactId,
        type: 'budget',
        text: 'Tem 45 mil reais',
        reason: null,
        actor: { by: 'system' },
      });
      await tx.memoryFact.update({ where: { id }, data: { sourceMessageId: messageId } });
      const [text] = await factsToEmbed(tx, tenantId, [id]);
      assert.equal(text?.contentText, 'Tem 45 mil reais');
      const store = (model: string) => {
        const { embedText, conversationId: _, ...row } = text;
        return storeEmbeddings(tx, tenantId, [{ ...row, embedding: bagOfWords(embedText), model }]);
      };
      await tx.memoryModel.create({ data: { tenantId, provider: 'test', model: 'now' } });
      await store('before');
      assert.equal((await factsToEmbed(tx, tenantId, [id])).length, 1, 'a vector of another model is none');
      await store('now');
      assert.deepEqual(await factsToEmbed(tx, tenantId, [id]), []);
    });
  });
});
