import assert from 'node:assert/strict';
import { changeHandler } from '../../core/conversation/handler';
import { changeMembership, createList } from '../../core/crm/contact-lists';
import { similarContacts } from '../../core/crm/similar-contacts';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { attribution, replyThread, transferChain } from '../../core/memory/graph/queries';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

describe('the graph answers', () => {
  const db = testDatabase();
  let conversation: TestConversation;
  beforeEach(async () => {
    conversation = await newConversation(db, (await newTenant(db)).tenantId);
  });
  after(() => db.close());

  it('who is similar, the rarest first, and never the contact itself or a deleted one', async () => {
    const { tenantId, contactId } = conversation;
    const found = await db.withTenant(tenantId, async (tx) => {
      const make = async (name: string, tags: string[]) => {
        const id = newId();
        await tx.contact.create({ data: { id, tenantId, name, tags } });
        return id;
      };
      await tx.contact.update({ where: { id: contactId }, data: { tags: ['whatsapp', 'varejo', 'noivas'] } });
      const rare = await make('Rara', ['noivas']);
      await make('Comum A', ['varejo']);
      await make('Comum B', ['varejo', 'whatsapp']);
      await make('Estranha', ['whatsapp', 'atacado']);
      const gone = await make('Apagada', ['noivas', 'varejo']);
      await tx.contact.update({ where: { id: gone }, data: { deletedAt: new Date() } });
      const list = await createList(tx, tenantId, { name: 'Inauguração', isStatic: true });
      for (const member of [contactId, rare])
        await changeMembership(tx, tenantId, { listId: list.id, contactId: member, isMember: true });
      return similarContacts(tx, tenantId, { contactId, limit: 10 });
    });
    assert.deepEqual(found.map(({ name }) => name).toSorted(), ['Comum A', 'Comum B', 'Rara']);
    assert.deepEqual(found[0], {
      ...found[0],
      name: 'Rara',
      shared: [
        { kind: 'list', names: ['Inauguração'], count: 1 },
        { kind: 'tag', names: ['noivas'], count: 1 },
      ],
    });
    assert.ok((found[0]?.score ?? 0) > (found[1]?.score ?? 0));
  });

  it('who spoke of the same, within the tenant', async () => {
    const { tenantId, contactId } = conversation;
    const other = await newConversation(db, tenantId);
    const foreign = await newConversation(db, (await newTenant(db)).tenantId);
    for (const one of [conversation, other, foreign]) await say(db, one, { text: 'vi o modelo KX-4410 na vitrine' });
    const found = await db.withTenant(tenantId, (tx) => similarContacts(tx, tenantId, { contactId, limit: 10 }));
    assert.deepEqual(
      found.map(({ id }) => id),
      [other.contactId],
    );
    assert.ok(found[0]?.shared[0]?.names.includes('kx4410'));
  });

  it('who answered after whom', async () => {
    const { tenantId, conversationId } = conversation;
    for (const [handler, name] of [
      ['waiting', null],
      ['human', 'Ana'],
      ['human', 'Beto'],
      ['ai', null],
    ] as const)
      await db.withTenant(tenantId, (tx) =>
        changeHandler(tx, { tenantId, conversationId, handler, name, reason: null }),
      );
    const chain = await db.withTenant(tenantId, (tx) => transferChain(tx, tenantId, conversationId));
    assert.deepEqual(
      chain.map(({ fromName, toName, handler }) => [fromName, toName, handler]),
      [
        ['ai', 'waiting', 'waiting'],
        ['waiting', 'Ana', 'human'],
        ['Ana', 'Beto', 'human'],
        ['Beto', 'ai', 'ai'],
      ],
    );
  });

  it('what a message answers, and what answers it', async () => {
    const { tenantId } = conversation;
    const answer = async (text: string, replyToId: string | null) => {
      const id = await say(db, conversation, { text });
      await db.withTenant(tenantId, (tx) => tx.message.updateMany({ where: { tenantId, id }, data: { replyToId } }));
      return id;
    };
    const root = await answer('tem em azul?', null);
    const first = await answer('tem', root);
    const last = await answer('quero dois', first);
    await answer('outra coisa', null);
    const second = await answer('em azul só amanhã', root);
    const thread = await db.withTenant(tenantId, (tx) => replyThread(tx, tenantId, last));
    assert.deepEqual(
      thread.map(({ messageId, depth }) => [messageId, depth]),
      [
        [root, 0],
        [first, 1],
        [second, 1],
        [last, 2],
      ],
    );
  });

  it('which advertisement led here, first and last', async () => {
    const { tenantId, contactId, channelId, conversationId, sessionId } = conversation;
    const click = (title: string, sentAt: Date) =>
      db.withTenant(tenantId, (tx) =>
        tx.message.create({
          data: {
            ...{ id: newId(), tenantId, channelId, contactId, conversationId, sessionId, fromMe: false, text: 'oi' },
            ...{
              contentType: 'text',
              status: 'delivered',
              source: 'webhook',
              agentId: SYSTEM_AGENT_IDS.webhook,
              sentAt,
            },
            metadata: { tracking: { ad_source_id: `ad-${title}`, ad_title: title, ctwa_clid: `clique-${title}` } },
          },
        }),
      );
    await click('Verão', new Date('2026-01-10T12:00:00Z'));
    await click('Inverno', new Date('2026-06-10T12:00:00Z'));
    const { first, last, touches } = await db.withTenant(tenantId, (tx) => attribution(tx, tenantId, contactId));
    assert.deepEqual(
      [first?.name, last?.name, last?.clickId, touches.length],
      ['Verão', 'Inverno', 'clique-Inverno', 2],
    );
  });
});
