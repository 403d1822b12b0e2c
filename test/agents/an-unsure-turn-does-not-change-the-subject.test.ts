import assert from 'node:assert/strict';
import { turnBefore } from '../../core/agents/turn-context';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { newThread } from '../api/fixtures';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

describe('an unsure turn does not change the subject', () => {
  const db = testDatabase();
  after(() => db.close());

  it('the last sure intent of the session stays, until another is sure', async () => {
    const { tenantId } = await newTenant(db);
    const { conversationId, sessionId } = await newThread(db, tenantId);
    const answered = (intent: string, intentConfidence: number) =>
      db.withTenant(tenantId, async (tx) => {
        const groupId = newId();
        await tx.messageGroup.create({ data: { id: groupId, tenantId, conversationId, sessionId, handlerVersion: 0 } });
        const run = { workflowId: 'workflow', runId: 'run', agent: 'balanced' };
        await tx.decisionRecord.create({
          data: { id: newId(), tenantId, groupId, conversationId, intent, intentConfidence, ...run },
        });
      });
    const before = async () => {
      const found = await db.withTenant(tenantId, (tx) => turnBefore(tx, { tenantId, turnId: newId() }, sessionId));
      return found && [found.intent, found.lastSure];
    };
    assert.equal(await before(), null);
    await answered('general', 0.5);
    assert.deepEqual(await before(), ['general', null]);
    await answered('support_billing', 0.9);
    assert.deepEqual(await before(), ['support_billing', 'support_billing']);
    await answered('general', 0.4);
    assert.deepEqual(await before(), ['general', 'support_billing']);
    await answered('general', 0.8);
    assert.deepEqual(await before(), ['general', 'general']);
  });

  it('whether the last part of the last reply ended in a question is known', async () => {
    const { tenantId } = await newTenant(db);
    const { conversationId, sessionId, contactId, channelId } = await newThread(db, tenantId);
    const replied = (...parts: string[]) =>
      db.withTenant(tenantId, async (tx) => {
        const groupId = newId();
        await tx.messageGroup.create({ data: { id: groupId, tenantId, conversationId, sessionId, handlerVersion: 0 } });
        const run = { workflowId: 'workflow', runId: 'run', agent: 'sales_prospecting' };
        const sure = { intent: 'sales_prospecting', intentConfidence: 0.9 };
        await tx.decisionRecord.create({ data: { id: newId(), tenantId, groupId, conversationId, ...sure, ...run } });
        for (const [replyPart, text] of parts.entries()) {
          await tx.message.create({
            data: {
              ...{
                id: newId(),
                tenantId,
                conversationId,
                contactId,
                channelId,
                sessionId,
                groupId,
                replyPart,
                text,
                agentId: SYSTEM_AGENT_IDS.default,
              },
              ...{ fromMe: true, source: 'bot', contentType: 'text', status: 'sent', sentAt: new Date() },
            },
          });
        }
      });
    const asked = () =>
      db.withTenant(tenantId, async (tx) => {
        return (await turnBefore(tx, { tenantId, turnId: newId() }, sessionId))?.endedInQuestion;
      });
    await replied('Claro! Para quantas pessoas seria? 😊');
    assert.equal(await asked(), true);
    await replied('Tudo bem?', 'Já anotei aqui.');
    assert.equal(await asked(), false);
    await replied('Anotado.', 'Quem decide a compra é você?');
    assert.equal(await asked(), true);
    await replied();
    assert.equal(await asked(), false);
  });
});
