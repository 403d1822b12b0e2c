import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { chunksOf, type LongText } from '../../core/memory/chunks';
import { newId } from '../../core/ids';

const longText = (text: string): LongText => ({
  messageId: newId(),
  contactId: newId(),
  conversationId: newId(),
  sessionId: newId(),
  messageType: 'document',
  fromMe: false,
  sentAt: new Date('2026-03-01T12:00:00Z'),
  timezone: 'America/Sao_Paulo',
  fileName: 'manual.pdf',
  text,
  pageStarts: null,
});

describe('a huge text is cut without keeping others waiting', () => {
  it('piece by piece, with all its words', async () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `palavra${index}`);
    let turns = 0;
    let isCut = false;
    const others = (async () => {
      for (; !isCut; turns++) await nextTurn();
    })();
    const chunks = await chunksOf([longText(words.join(' '))]);
    isCut = true;
    await others;
    const found = new Set(chunks.flatMap(({ contentText }) => contentText.split(/\s+/)));
    assert.deepEqual(words.filter((word) => !found.has(word)).slice(0, 5), []);
    assert.ok(turns > 20, `others had ${turns} turns`);
  });

  it('into so many parts at most, and runs without a space in time that grows with their length', async () => {
    const [huge, endless] = [longText('Pedido confirmado. '.repeat(150_000)), longText('x'.repeat(100_000))];
    const chunks = await chunksOf([huge, endless]);
    assert.equal(chunks.filter(({ messageId }) => messageId === huge.messageId).length, 500);
    assert.ok(chunks.some(({ messageId }) => messageId === endless.messageId));
  });
});
