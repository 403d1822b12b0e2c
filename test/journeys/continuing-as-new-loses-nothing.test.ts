import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConversationKey, ConversationMessage } from '../../core/conversation/types';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { getState, messageReceived } from '../../workflows/conversation/messages';
import type { ConversationInput } from '../../workflows/conversation/types';
import { QUEUES } from '../../workflows/shared/queues';
import { searchAttributes } from '../../workflows/shared/search-attributes';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { newCustomer, PHOTO, repliesTo, settled, turnsOf } from './support';

const HISTORY_EVENT_LIMIT = 60;
const MESSAGES = 32;

describe('continuing as new loses nothing', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  it('keeps every message in exactly one turn while they go on arriving, over several runs', async () => {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 50 });
    const customer = newCustomer(product);
    await customer.says('mensagem 0');
    const workflowId = await startWithShortHistory(tenantId);
    await product.startWorking();

    for (let number = 1; number < MESSAGES; number++) {
      await (number === 5 ? customer.sends(PHOTO) : customer.says(`mensagem ${number}`));
      await sleep(Math.random() * 400);
    }
    await repliesTo(customer, 1);
    await settled(product, tenantId);

    const { inbound, grouped, groups } = await product.db.withTenant(tenantId, async (tx) => ({
      inbound: await tx.message.findMany({ where: { tenantId, fromMe: false } }),
      grouped: await tx.messageGroupMessage.findMany({ where: { tenantId, kind: 'messages' } }),
      groups: await tx.messageGroup.findMany({ where: { tenantId } }),
    }));
    assert.equal(inbound.length, MESSAGES);
    assert.deepEqual(grouped.map(({ messageId }) => messageId).sort(), inbound.map(({ id }) => id).sort());
    const turns = await turnsOf(product, tenantId);
    assert.equal(turns.length, groups.length);
    assert.ok(turns.every(({ outcome }) => outcome === 'replied'));
    assert.equal(customer.replies().length, turns.length);
    assert.ok(customer.replies().every(({ attempts }) => attempts === 1));

    const runs = await eventually('several runs', async () => {
      const found = [];
      for await (const run of product.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) found.push(run);
      return found.length >= 3 && found;
    });
    const ended = runs.filter(({ status }) => status.name !== 'RUNNING');
    assert.ok(ended.every(({ status }) => status.name === 'CONTINUED_AS_NEW'));

    const state = await product.client.workflow.getHandle(workflowId).query(getState);
    assert.deepEqual(state.pendingMessageIds, []);
    assert.equal(state.runningTurnId, null);
    assert.equal(state.handler, 'ai');
    assert.equal(state.session?.sessionId, inbound[0]?.sessionId);
    assert.equal(state.turnsDone, turns.length);
  });

  /** The relay would start the conversation without a limit; it then finds this one running. */
  async function startWithShortHistory(tenantId: string): Promise<string> {
    const event = await product.db.withSystem((tx) =>
      tx.outboxEvent.findFirstOrThrow({ where: { tenantId, eventType: 'message.created' } }),
    );
    const { conversation, message } = event.eventData as unknown as {
      conversation: ConversationKey;
      message: ConversationMessage;
    };
    const input: ConversationInput = { ...conversation, historyEventLimit: HISTORY_EVENT_LIMIT };
    const workflowId = conversationWorkflowId(conversation);
    await product.client.workflow.signalWithStart('conversationWorkflow', {
      workflowId,
      taskQueue: QUEUES.workflows,
      args: [input],
      signal: messageReceived,
      signalArgs: [message],
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'conversation', contactId: conversation.contactId }),
    });
    return workflowId;
  }
});
