import assert from 'node:assert/strict';
import { customerMessages, messagesToEmbed } from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say } from './fixtures';

describe('a message is embedded with its medium', () => {
  const db = testDatabase();
  after(() => db.close());

  it('text and extracted text, a line saying who and when in local time, nothing for messages without text', async () => {
    const { tenantId } = await newTenant(db);
    const conversation = await newConversation(db, tenantId);
    // 02:30 UTC is still the day before in São Paulo.
    const sentAt = new Date('2026-03-12T02:30:00Z');
    const image = { text: 'olha isso', contentType: 'image', extractedText: 'Uma bancada de granito', sentAt };
    const imageId = await say(db, conversation, image);
    const silentId = await say(db, conversation, { text: null, contentType: 'sticker' });
    const ourId = await say(db, conversation, { text: 'Recebido!', fromMe: true });
    const messageIds = [imageId, silentId, ourId];

    const texts = await db.withTenant(tenantId, (tx) => messagesToEmbed(tx, tenantId, { messageIds }));
    assert.deepEqual(
      texts.map(({ messageId }) => messageId),
      [imageId, ourId],
    );
    assert.equal(texts[0]?.contentText, 'olha isso\nUma bancada de granito');
    assert.equal(
      texts[0]?.embedText,
      'O cliente enviou uma imagem em 11 de março de 2026:\nolha isso\nUma bancada de granito',
    );
    assert.match(String(texts[1]?.metadata['context']), /^A empresa escreveu em /);

    const evidence = await db.withTenant(tenantId, (tx) => customerMessages(tx, tenantId, { messageIds }));
    assert.deepEqual(
      evidence.map(({ id, timezone }) => [id, timezone]),
      [[imageId, 'America/Sao_Paulo']],
    );
  });
});
