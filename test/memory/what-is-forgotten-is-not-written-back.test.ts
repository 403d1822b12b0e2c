import assert from 'node:assert/strict';
import { addNote, updateNote } from '../../core/crm/notes';
import { customerMessages, storeFacts } from '../../core/memory';
import { storeEmbeddings } from '../../core/memory/embeddings';
import { eraseContact } from '../../core/memory/forgetting/erase-contact';
import { finishErasure, getErasure, requestErasure } from '../../core/memory/forgetting/erasures';
import { noteToEmbed } from '../../core/memory/notes/note-to-embed';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { bagOfWords } from './bag-of-words';
import { newConversation, say, type TestConversation } from './fixtures';

describe('what is forgotten is not written back', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let messageId: string;

  async function forget(): Promise<Record<string, number>> {
    const { tenantId, contactId } = conversation;
    const { id } = await db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }),
    );
    await eraseContact(db, { tenantId, erasureId: id });
    await db.withTenant(tenantId, (tx) => finishErasure(tx, tenantId, id));
    return (await db.withTenant(tenantId, (tx) => getErasure(tx, tenantId, id))).removed;
  }

  before(async () => {
    const { tenantId } = await newTenant(db);
    conversation = await newConversation(db, tenantId);
    messageId = await say(db, conversation, {
      text: 'Meu cachorro se chama Rex',
      contentType: 'image',
      extractedText: 'uma foto do Rex',
    });
    await forget();
  });
  after(() => db.close());

  it('by the extraction of facts that was asked for again', async () => {
    const { tenantId } = conversation;
    const messages = await db.withTenant(tenantId, (tx) => customerMessages(tx, tenantId, { messageIds: [messageId] }));
    assert.deepEqual(messages, []);
  });

  it('by one that had read the message before', async () => {
    const { tenantId, contactId } = conversation;
    const saidAt = new Date();
    const store = db.withTenant(tenantId, (tx) =>
      storeFacts(tx, tenantId, {
        contactId,
        model: 'test',
        facts: [
          {
            type: 'attribute',
            text: 'O cachorro se chama Rex.',
            confidence: 0.7,
            sourceMessageId: messageId,
            saidAt,
            startsAt: null,
            endsAt: null,
          },
        ],
      }),
    );
    await assert.rejects(store, { code: 'INVARIANT_VIOLATION' });
    assert.equal(await db.withTenant(tenantId, (tx) => tx.memoryFact.count({ where: { tenantId } })), 0);
  });

  it('by a summary that was on its way, while a later one is kept', async () => {
    const { tenantId, contactId, sessionId } = conversation;
    const summary = (occurredAt: Date) => ({
      contactId,
      sessionId,
      messageId: null,
      factId: null,
      contentType: 'session_summary' as const,
      contentText: `Falou do Rex às ${occurredAt.toISOString()}`,
      embedding: bagOfWords('rex'),
      model: 'test',
      metadata: {},
      occurredAt,
    });
    const stored = (at: Date) => db.withTenant(tenantId, (tx) => storeEmbeddings(tx, tenantId, [summary(at)]));
    assert.equal((await stored(new Date(Date.now() - 3_600_000))).length, 0);
    assert.equal((await stored(new Date(Date.now() + 3_600_000))).length, 1);
  });

  it('and a second time counts only what is there', async () => {
    const removed = await forget();
    assert.deepEqual([removed['embeddings'], removed['readings'], removed['facts']], [1, 0, 0]);
  });

  it('nor by a note that waited for its vector, while one that says something new is kept', async () => {
    const { tenantId, contactId } = conversation;
    const actor = { by: 'system' as const };
    const { id: noteId } = await db.withTenant(tenantId, (tx) =>
      addNote(tx, tenantId, { contactId, content: 'Tem um cachorro, o Rex', actor }),
    );
    await forget();
    const toEmbed = () => db.withTenant(tenantId, (tx) => noteToEmbed(tx, tenantId, noteId));
    assert.deepEqual(await toEmbed(), []);
    await db.withTenant(tenantId, (tx) =>
      updateNote(tx, tenantId, { noteId, changes: { content: 'Tem dois cachorros' }, actor }),
    );
    assert.deepEqual(
      (await toEmbed()).map(({ contentText }) => contentText),
      ['Tem dois cachorros'],
    );
  });
});
