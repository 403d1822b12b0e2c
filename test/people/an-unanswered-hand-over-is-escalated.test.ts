import assert from 'node:assert/strict';
import { createPerson } from '../../core/agents/team/agents';
import { changeHandler } from '../../core/conversation/handler';
import { escalateHandover, openHandover } from '../../core/people/handover';
import { changePeopleSettings } from '../../core/people/settings';
import type { PeopleSettings } from '../../core/people/types';
import { handoverWorkflowId } from '../../workflows/handover/ids';
import { newMessage, newThread } from '../api/fixtures';
import { conversationOf, newCustomer, repliesTo } from '../journeys/support';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { startProduct } from '../support/product';
import { newTenant } from '../support/tenant';

const MINUTE_MS = 60_000;

describe('an unanswered hand-over is escalated', () => {
  const db = testDatabase();
  after(() => db.close());

  async function waiting(settings: Partial<PeopleSettings>, names: string[]) {
    const { tenantId } = await newTenant(db);
    const thread = await newThread(db, tenantId);
    const { conversationId } = thread;
    const ids = new Map<string, string>();
    const handlerVersion = await db.withTenant(tenantId, async (tx) => {
      await changePeopleSettings(tx, tenantId, { unansweredMinutes: 5, ...settings });
      for (const name of names) {
        const { id } = await createPerson(tx, tenantId, { name, email: `${name}@example.com`, priority: 100 });
        ids.set(id, name);
      }
      const change = { tenantId, conversationId, handler: 'waiting', name: null, reason: 'pediu' } as const;
      return (await changeHandler(tx, change)).handlerVersion;
    });
    const ref = { tenantId, conversationId, handlerVersion };
    const assigned = async () => {
      const row = await db.withTenant(tenantId, (tx) =>
        tx.conversation.findFirstOrThrow({ where: { id: conversationId } }),
      );
      return [row.handler, row.assignedAgentId && (ids.get(row.assignedAgentId) ?? 'dona')];
    };
    const timeline = async () => {
      const lines = await db.withTenant(tenantId, (tx) => tx.contactEvent.findMany({ orderBy: { id: 'asc' } }));
      return lines.map(({ eventType }) => eventType);
    };
    return { ref, thread, assigned, timeline };
  }

  it('asks one after the other, then a supervisor, and the bot stays silent', async () => {
    const { ref, assigned, timeline } = await waiting(
      { strategy: 'score', unansweredAction: 'reassign', maxReassignments: 1 },
      ['ana', 'bia'],
    );
    assert.deepEqual(await openHandover(db, ref), { waitMs: 5 * MINUTE_MS });
    assert.deepEqual(await assigned(), ['waiting', 'ana']);
    for (let attempt = 1; attempt <= 2; attempt++) {
      assert.deepEqual(await escalateHandover(db, { ...ref, round: 1 }), { waitMs: 5 * MINUTE_MS });
      assert.deepEqual(await assigned(), ['waiting', 'bia'], `attempt ${attempt}`);
    }
    assert.deepEqual(await escalateHandover(db, { ...ref, round: 2 }), { waitMs: null });
    assert.deepEqual(await assigned(), ['waiting', 'dona']);
    assert.deepEqual(await timeline(), [
      'agent_assigned',
      'agent_transferred',
      'notification_sent',
      'handover_unanswered',
      'agent_transferred',
      'notification_sent',
      'handover_unanswered',
    ]);
  });

  it('only tells when that is what the project wants', async () => {
    const { ref, assigned, timeline } = await waiting({}, ['ana']);
    await openHandover(db, ref);
    assert.deepEqual(await escalateHandover(db, { ...ref, round: 1 }), { waitMs: null });
    assert.deepEqual(await assigned(), ['waiting', null]);
    assert.deepEqual(await timeline(), ['handover_unanswered']);
  });

  it('ends when a person wrote, or the conversation went back', async () => {
    const wrote = await waiting({ strategy: 'score', unansweredAction: 'reassign' }, ['ana']);
    await openHandover(db, wrote.ref);
    await newMessage(db, wrote.ref.tenantId, wrote.thread, { fromMe: true, source: 'manual', status: 'sent' });
    assert.deepEqual(await escalateHandover(db, { ...wrote.ref, round: 1 }), { waitMs: null });
    assert.deepEqual(await wrote.timeline(), ['agent_assigned']);

    const back = await waiting({ unansweredAction: 'supervisor' }, []);
    const { tenantId, conversationId } = back.ref;
    await db.withTenant(tenantId, (tx) =>
      changeHandler(tx, { tenantId, conversationId, handler: 'ai', name: null, reason: null }),
    );
    assert.deepEqual(await escalateHandover(db, { ...back.ref, round: 1 }), { waitMs: null });
    assert.deepEqual(await back.assigned(), ['ai', null]);
  });

  it('waits in a workflow of its own from the moment that an agent asks for a person', async () => {
    const product = await startProduct();
    try {
      const { tenantId } = await product.newShop();
      await product.db.withTenant(tenantId, (tx) => changePeopleSettings(tx, tenantId, { strategy: 'score' }));
      const customer = newCustomer(product);
      await customer.says('Quero falar com um atendente');
      const [reply] = await repliesTo(customer, 1);
      assert.ok(reply);
      const { id: conversationId } = await conversationOf(product, tenantId);
      const workflowId = handoverWorkflowId({ tenantId, conversationId, handlerVersion: 2 });
      await eventually('the person who is asked to come', async () => {
        const row = await conversationOf(product, tenantId);
        return row.handler === 'waiting' && row.assignedAgentId !== null;
      });
      const { status } = await product.client.workflow.getHandle(workflowId).describe();
      assert.equal(status.name, 'RUNNING');
    } finally {
      await product.stop();
    }
  });
});
