import assert from 'node:assert/strict';
import { messagesToEmbed, storeEmbeddings } from '../../core/memory';
import { newId } from '../../core/ids';
import { createLocalEmbeddings } from '../../core/providers/local/embeddings';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say } from './fixtures';

describe("late text replaces the caption's vector", () => {
  const db = testDatabase();
  const embedder = createLocalEmbeddings();
  after(() => db.close());

  it('a picture embedded by its caption is embedded again once it was read, and only then', async () => {
    const { tenantId } = await newTenant(db);
    const conversation = await newConversation(db, tenantId);
    const messageId = await say(db, conversation, { text: 'olha isso', contentType: 'image' });

    const embed = () =>
      db.withTenant(tenantId, async (tx) => {
        const texts = await messagesToEmbed(tx, tenantId, { messageIds: [messageId] });
        const options = { signal: new AbortController().signal, timeoutMs: 60_000 };
        const inputs = texts.map(({ embedText }) => embedText);
        const { vectors } = await embedder.embed({ texts: inputs, task: 'document' }, options);
        const rows = texts.map((text, index) => ({ ...text, model: embedder.model, embedding: vectors[index] ?? [] }));
        return (await storeEmbeddings(tx, tenantId, rows)).length;
      });
    assert.equal(await embed(), 1);
    assert.equal(await embed(), 0);

    await db.withTenant(tenantId, (tx) =>
      tx.messageEnrichment.create({
        data: {
          id: newId(),
          tenantId,
          messageId,
          contentType: 'image',
          status: 'completed',
          extractedText: 'Uma bancada de granito',
        },
      }),
    );
    assert.equal(await embed(), 1);
    const stored = await db.withTenant(tenantId, (tx) =>
      tx.memoryEmbedding.findMany({ where: { tenantId, messageId } }),
    );
    assert.deepEqual(
      stored.map(({ contentText }) => contentText),
      ['olha isso\nUma bancada de granito'],
    );
  });
});
