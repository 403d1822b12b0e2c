import assert from 'node:assert/strict';
import { unansweredMessageIds } from '../../core/conversation/unanswered';
import { newId } from '../../core/ids';
import { newMessage, newThread } from '../api/fixtures';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

const READ = { agent: 'balanced', intent: 'general', intentConfidence: 1, workflowId: 'turn', runId: 'run' };

describe('an answer is to what was read before it', () => {
  const db = testDatabase();
  after(() => db.close());

  it('so what was written while an agent thought is unanswered, and what failed to leave answers nothing', async () => {
    const { tenantId } = await newTenant(db);
    const thread = await newThread(db, tenantId);
    const { conversationId, sessionId } = thread;
    const says = (text: string) => newMessage(db, tenantId, thread, { text });
    const answers = (source: string, status: string) =>
      newMessage(db, tenantId, thread, { fromMe: true, source, status });
    const unanswered = () => db.withTenant(tenantId, (tx) => unansweredMessageIds(tx, tenantId, conversationId));

    const first = await says('Bom dia');
    assert.deepEqual(await unanswered(), [first]);
    const groupId = newId();
    await db.withTenant(tenantId, (tx) =>
      tx.messageGroup.create({ data: { id: groupId, tenantId, conversationId, sessionId, handlerVersion: 1 } }),
    );
    const meanwhile = await says('E no domingo?');
    const reply = await answers('bot', 'sent');
    await db.withTenant(tenantId, (tx) => tx.message.update({ where: { id: reply }, data: { groupId } }));
    assert.deepEqual(await unanswered(), [meanwhile]);

    await answers('bot', 'cancelled');
    await answers('manual', 'failed');
    assert.deepEqual(await unanswered(), [meanwhile]);
    await answers('manual', 'sent');
    assert.deepEqual(await unanswered(), []);
    const last = await says('Obrigada, e na segunda?');
    assert.deepEqual(await unanswered(), [last]);
    await db.withTenant(tenantId, (tx) =>
      tx.session.updateMany({ where: { id: sessionId }, data: { status: 'ended', endedAt: new Date() } }),
    );
    assert.deepEqual(await unanswered(), []);
  });

  it('and the line of an agent that could not answer is none, while that of one who wanted a person is', async () => {
    const { tenantId } = await newTenant(db);
    const thread = await newThread(db, tenantId);
    const { conversationId, sessionId } = thread;
    const asked = await newMessage(db, tenantId, thread, { text: 'Bom dia, vocês entregam no sábado?' });
    const groupId = newId();
    await db.withTenant(tenantId, (tx) =>
      tx.messageGroup.create({ data: { id: groupId, tenantId, conversationId, sessionId, handlerVersion: 1 } }),
    );
    const line = await newMessage(db, tenantId, thread, { fromMe: true, source: 'bot', status: 'sent' });
    const unansweredAfter = (outcomeReason: string | null) =>
      db.withTenant(tenantId, async (tx) => {
        await tx.message.update({ where: { id: line }, data: { groupId } });
        const ended = { outcome: 'handed_over', outcomeReason };
        await tx.decisionRecord.upsert({
          where: { tenantId_groupId: { tenantId, groupId } },
          create: { id: newId(), tenantId, groupId, conversationId, ...READ, ...ended },
          update: ended,
        });
        return unansweredMessageIds(tx, tenantId, conversationId);
      });
    assert.deepEqual(await unansweredAfter('model_unavailable'), [asked]);
    assert.deepEqual(await unansweredAfter('escalated'), []);
    assert.deepEqual(await unansweredAfter(null), []);
  });
});
