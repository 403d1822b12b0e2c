import assert from 'node:assert/strict';
import { changeHandler } from '../../core/conversation/handler';
import { changeMembership, createList } from '../../core/crm/contact-lists';
import { changeStage } from '../../core/crm/contact-stages';
import { changeTags } from '../../core/crm/contact-tags';
import type { Tx } from '../../core/database';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { addFact, invalidateFact } from '../../core/memory/facts/edit';
import { eraseContact } from '../../core/memory/forgetting/erase-contact';
import { requestErasure } from '../../core/memory/forgetting/erasures';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say, type TestConversation } from './fixtures';

const actor = { by: 'system' } as const;

describe('the graph is kept with what it stands for', () => {
  const db = testDatabase();
  after(() => db.close());

  async function start(): Promise<TestConversation & { inTenant: <T>(work: (tx: Tx) => Promise<T>) => Promise<T> }> {
    const { tenantId } = await newTenant(db);
    const conversation = await newConversation(db, tenantId);
    return { ...conversation, inTenant: (work) => db.withTenant(tenantId, work) };
  }

  /** `KIND from → to`, by the types of both ends or the name of what has one. */
  async function edges({ tenantId, contactId }: TestConversation): Promise<string[]> {
    const { rows, names } = await db.withTenant(tenantId, async (tx) => ({
      rows: await tx.graphEdge.findMany({ where: { tenantId, contactId } }),
      names: new Map((await tx.graphNode.findMany({ where: { tenantId } })).map(({ id, name }) => [id, name])),
    }));
    const end = (type: string, id: string) => names.get(id) ?? type;
    return rows.map((row) => `${end(row.fromType, row.fromId)} ${row.kind} ${end(row.toType, row.toId)}`).sort();
  }

  it('messages, what they answer and what they name', async () => {
    const conversation = await start();
    const { tenantId, inTenant } = conversation;
    const id = await say(db, conversation, { text: 'fechei com a Marina por R$ 1.500,00' });
    const reply = await say(db, conversation, { text: 'combinado' });
    await inTenant((tx) => tx.message.updateMany({ where: { tenantId, id: reply }, data: { replyToId: id } }));
    assert.deepEqual(await edges(conversation), [
      'contact HAS_SESSION session',
      'message MENTIONS #1500',
      'message MENTIONS Marina',
      'message REPLY_TO message',
      'session CONTAINS message',
      'session CONTAINS message',
    ]);
    await inTenant((tx) => tx.message.updateMany({ where: { tenantId, id }, data: { text: 'fechei com a Paula' } }));
    await inTenant((tx) => tx.message.updateMany({ where: { tenantId, id: reply }, data: { deletedAt: new Date() } }));
    assert.deepEqual(await edges(conversation), [
      'contact HAS_SESSION session',
      'message MENTIONS Paula',
      'session CONTAINS message',
    ]);
  });

  it('advertisements as long as the message that came from them', async () => {
    const conversation = await start();
    const { tenantId, channelId, contactId, conversationId, sessionId, inTenant } = conversation;
    const ids = [newId(), newId()];
    const of = { tenantId, channelId, contactId, conversationId, sessionId, agentId: SYSTEM_AGENT_IDS.webhook };
    const said = { fromMe: false, contentType: 'text', text: 'oi', status: 'delivered', source: 'webhook' };
    const metadata = { tracking: { ad_source_id: 'ad-1', ad_title: 'Verão' } };
    await inTenant((tx) =>
      tx.message.createMany({ data: ids.map((id) => ({ id, ...of, ...said, metadata, sentAt: new Date() })) }),
    );
    const deletedAt = (id: string | undefined, value: Date | null) =>
      inTenant((tx) => tx.message.updateMany({ where: { tenantId, id: id ?? '' }, data: { deletedAt: value } }));
    const ads = async () =>
      (await edges(conversation)).filter((edge) => edge === 'contact CAME_FROM_CAMPAIGN Verão').length;
    assert.equal(await ads(), 2);
    await deletedAt(ids[0], new Date());
    assert.equal(await ads(), 1, 'that of the other message stays');
    await deletedAt(ids[0], null);
    assert.equal(await ads(), 2);
    await inTenant((tx) => tx.message.deleteMany({ where: { tenantId, id: { in: ids } } }));
    assert.equal(await ads(), 0);
  });

  it('nothing of a transaction that did not commit', async () => {
    const conversation = await start();
    const { tenantId, contactId, inTenant } = conversation;
    const tagged = inTenant(async (tx) => {
      await changeTags(tx, tenantId, { contactId, tags: ['vip'], operation: 'add', actor });
      throw new Error('no');
    });
    await assert.rejects(tagged, /no/);
    assert.deepEqual(await edges(conversation), ['contact HAS_SESSION session']);
  });

  it('tags, lists and stages while they hold', async () => {
    const conversation = await start();
    const { tenantId, contactId, inTenant } = conversation;
    const { listId, pipelineId, statuses } = await inTenant(async (tx) => {
      const list = await createList(tx, tenantId, { name: 'Clientes antigos', isStatic: true });
      await changeMembership(tx, tenantId, { listId: list.id, contactId, isMember: true });
      await changeTags(tx, tenantId, { contactId, tags: ['vip', 'atacado'], operation: 'add', actor });
      const pipeline = await tx.pipeline.findFirstOrThrow({ where: { tenantId } });
      const made = ['Interessado', 'Fechado'].map((name) => ({
        ...{ id: newId(), tenantId, pipelineId: pipeline.id, name, type: 'open' },
      }));
      await tx.pipelineStatus.createMany({ data: made });
      return { listId: list.id, pipelineId: pipeline.id, statuses: made.map(({ id }) => id) };
    });
    const moveTo = (statusId: string) =>
      inTenant((tx) =>
        changeStage(tx, tenantId, { contactId, pipelineId, statusId, reason: null, notes: null, actor }),
      );
    await moveTo(statuses[0] ?? '');
    const held = await edges(conversation);
    for (const edge of ['TAGGED vip', 'TAGGED atacado', 'IN_LIST Clientes antigos', 'IN_PIPELINE Interessado'])
      assert.ok(held.includes(`contact ${edge}`), `${edge}: ${held.join(', ')}`);
    await moveTo(statuses[1] ?? '');
    await inTenant(async (tx) => {
      await changeMembership(tx, tenantId, { listId, contactId, isMember: false });
      await changeTags(tx, tenantId, { contactId, tags: ['vip'], operation: 'remove', actor });
    });
    assert.deepEqual(await edges(conversation), [
      'contact HAS_SESSION session',
      'contact IN_PIPELINE Fechado',
      'contact TAGGED atacado',
    ]);
  });

  it('offers, and each transfer', async () => {
    const conversation = await start();
    const { tenantId, contactId, conversationId, inTenant } = conversation;
    const handler = (to: 'ai' | 'waiting' | 'human', name: string | null) =>
      inTenant((tx) => changeHandler(tx, { tenantId, conversationId, handler: to, name, reason: null }));
    await inTenant((tx) =>
      tx.retentionOffer.create({
        data: {
          id: newId(),
          tenantId,
          contactId,
          conversationId,
          discountPercent: 20,
          durationMonths: 3,
          reason: 'preço',
        },
      }),
    );
    await handler('waiting', null);
    await handler('human', 'Ana');
    await handler('ai', null);
    const offer = 'oferta, proposta, desconto de 20% por 3 meses';
    assert.deepEqual(
      await edges(conversation),
      [
        'contact HAS_SESSION session',
        `contact RECEIVED_OFFER ${offer}`,
        `${offer} OFFERED_IN session`,
        'ai TRANSFERRED_TO waiting',
        'waiting TRANSFERRED_TO Ana',
        'Ana TRANSFERRED_TO ai',
      ].sort(),
    );
  });

  it('topics of a session, and where in it they were spoken of', async () => {
    const conversation = await start();
    const { tenantId, contactId, sessionId, inTenant } = conversation;
    await say(db, conversation, { text: 'a entrega atrasada me deixou na mão' });
    await inTenant((tx) =>
      tx.sessionSummary.create({
        data: {
          ...{
            tenantId,
            sessionId,
            contactId,
            summary: 'Reclamou.',
            topics: ['entrega atrasada'],
            sentiment: 'negative',
          },
          ...{ sentimentScore: -0.5, outcome: 'Aberto', resolved: false, escalated: false, converted: false },
          ...{ nextSteps: [], keyEntities: [{ type: 'company', name: 'Veloz' }], messagesRead: 3, language: 'pt-BR' },
          ...{ model: 'test', promptVersion: '1' },
        },
      }),
    );
    assert.deepEqual(await edges(conversation), [
      'contact HAS_SESSION session',
      'message MENTIONS entrega atrasada',
      'session CONTAINS message',
      'session DISCUSSED_TOPIC entrega atrasada',
      'session MENTIONS Veloz',
    ]);
  });

  it('facts while they hold, and nothing of what is forgotten but what people did', async () => {
    const conversation = await start();
    const { tenantId, contactId, inTenant } = conversation;
    await say(db, conversation, { text: 'fechei com a Marina' });
    const fact = await inTenant((tx) =>
      addFact(tx, tenantId, {
        ...{ contactId, type: 'preference', text: 'Gosta de azul.', subject: 'Marina', reason: null, actor },
      }),
    );
    assert.ok((await edges(conversation)).includes('contact HAS_PREFERENCE fact'));
    assert.ok((await edges(conversation)).includes('fact MENTIONS Marina'));
    await inTenant((tx) => invalidateFact(tx, tenantId, { factId: fact.id, reason: null, actor }));
    assert.ok((await edges(conversation)).every((edge) => !edge.includes('fact')));

    await inTenant((tx) => changeTags(tx, tenantId, { contactId, tags: ['vip'], operation: 'add', actor }));
    const { id } = await inTenant((tx) => requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }));
    await eraseContact(db, { tenantId, erasureId: id });
    assert.deepEqual(await edges(conversation), ['contact TAGGED vip']);
    const nodes = await inTenant((tx) => tx.graphNode.findMany({ where: { tenantId } }));
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ['vip'],
    );
  });
});
