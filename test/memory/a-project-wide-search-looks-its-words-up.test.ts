import assert from 'node:assert/strict';
import { searchMemory } from '../../core/memory';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

describe('a project-wide search looks its words up', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  let stranger: TestConversation;

  before(async () => {
    conversation = await newConversation(db, (await newTenant(db)).tenantId);
    stranger = await newConversation(db, (await newTenant(db)).tenantId);
    await say(db, conversation, { text: 'O escafandro chegou ontem' });
    await say(db, conversation, { text: 'Obrigado, até logo' });
    await say(db, stranger, { text: 'Nosso escafandro tem uma bromélia' });
  });
  after(() => db.close());

  async function find({ tenantId }: TestConversation, query: string): Promise<string[]> {
    const { results } = await searchMemory(db, {
      tenantId,
      query,
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 10,
      strategy: 'keyword_only',
    });
    return results.filter(({ legs }) => legs.some(({ score }) => score > 0)).map((hit) => hit.content);
  }

  const wordsOf = ({ tenantId }: TestConversation, like: string) =>
    db.withTenant(tenantId, (tx) => tx.$queryRaw<object[]>`select word from memory_words where word like ${like}`);

  it('among the rows of its tenant alone', async () => {
    assert.deepEqual(await find(conversation, 'escafandro'), ['O escafandro chegou ontem']);
    const rows = await db.withTenant(
      conversation.tenantId,
      (tx) => tx.$queryRaw<{ tenantId: string }[]>`
        select tenant_id::text as "tenantId" from memory_index_with(array['escafandr', 'bromel'])`,
    );
    assert.deepEqual(rows, [{ tenantId: conversation.tenantId }]);
  });

  it('and finds a misspelt word in its own vocabulary alone', async () => {
    assert.deepEqual(await find(conversation, 'escafndro'), ['O escafandro chegou ontem']);
    assert.deepEqual(await find(conversation, 'bromlia'), []);
    assert.deepEqual(await find(stranger, 'bromlia'), ['Nosso escafandro tem uma bromélia']);
  });

  it('which forgets a word with the last row that holds it', async () => {
    const say2 = (text: string) => say(db, conversation, { text });
    const first = await say2('um ornitorrinco azul');
    const second = await say2('outro ornitorrinco');
    const remove = (id: string) =>
      db.withTenant(conversation.tenantId, (tx) =>
        tx.message.updateMany({ where: { id }, data: { deletedAt: new Date() } }),
      );
    await remove(first);
    assert.equal((await wordsOf(conversation, 'azul')).length, 0);
    assert.notEqual((await wordsOf(conversation, 'ornitorrinc%')).length, 0);
    await remove(second);
    assert.equal((await wordsOf(conversation, 'ornitorrinc%')).length, 0);
  });

  it('and another one when a text is changed', async () => {
    const id = await say(db, conversation, { text: 'o jacarandá' });
    await db.withTenant(conversation.tenantId, (tx) =>
      tx.message.updateMany({ where: { id }, data: { text: 'a araucária' } }),
    );
    assert.equal((await wordsOf(conversation, 'jacaranda')).length, 0);
    assert.deepEqual(await find(conversation, 'araucria'), ['a araucária']);
  });
});
