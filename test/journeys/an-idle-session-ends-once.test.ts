import assert from 'node:assert/strict';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { conversationOf, newCustomer, repliesTo, settled } from './support';

const TIMEOUT_MS = 4_000;

describe('an idle session ends once', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  /** A channel counts in minutes; the conversation is told less, for a test. */
  async function shortenSessions(tenantId: string): Promise<void> {
    await product.db.withSystem(async (tx) => {
      const [event] = await tx.outboxEvent.findMany({ where: { tenantId, eventType: 'message.created' } });
      const data = event?.eventData as { conversation: object; message: object };
      await tx.outboxEvent.updateMany({
        where: { tenantId, eventType: 'message.created' },
        data: { eventData: { ...data, message: { ...data.message, sessionTimeoutMs: TIMEOUT_MS } } },
      });
    });
  }

  it('after the last message, whoever wrote it, and the next message opens a new one', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says('Oi');
    await shortenSessions(tenantId);
    await product.startWorking();
    await repliesTo(customer, 1);

    const sessions = () =>
      product.db.withTenant(tenantId, (tx) => tx.session.findMany({ where: { tenantId }, orderBy: { id: 'asc' } }));
    const ended = await eventually('the end of the session', async () => {
      const [session] = await sessions();
      return session?.status === 'ended' ? session : null;
    });
    assert.equal(ended.endReason, 'inactivity_timeout');
    const reply = await product.db.withTenant(tenantId, (tx) =>
      tx.message.findFirstOrThrow({ where: { tenantId, fromMe: true } }),
    );
    const idleMs = (ended.endedAt?.getTime() ?? 0) - reply.sentAt.getTime();
    assert.ok(idleMs >= TIMEOUT_MS, `the reply counts as activity, but the session ended ${idleMs} ms after it`);
    assert.ok(idleMs < 2 * TIMEOUT_MS, `the reply started the time anew: the session ended ${idleMs} ms after it`);

    const workflowId = conversationWorkflowId(await conversationOf(product, tenantId));
    const workflow = product.client.workflow.getHandle(workflowId);
    const first = await eventually('the end of the workflow', async () => {
      const description = await workflow.describe();
      return description.status.name === 'COMPLETED' ? description : null;
    });

    await customer.says('Voltei');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    const all = await sessions();
    assert.deepEqual(
      all.map(({ status }) => status),
      ['ended', 'active'],
    );
    const second = await workflow.describe();
    assert.equal(second.status.name, 'RUNNING');
    assert.notEqual(second.runId, first.runId);
    const endings = await product.db.withSystem((tx) =>
      tx.outboxEvent.count({ where: { tenantId, eventType: 'session.ended' } }),
    );
    assert.equal(endings, 1);
  });
});
