import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import { CORRELATION_HEADER } from '../../workflows/shared/correlation';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import { newCustomer, repliesTo, settled, VOICE } from '../journeys/support';
import { startProduct, type Product } from '../support/product';

describe('one id follows the work', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  /** The correlation ids in the headers of what a workflow was started with and what it scheduled. */
  async function idsIn(workflowId: string): Promise<string[]> {
    const { events } = await product.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap((event) => {
      const attributes = event.workflowExecutionStartedEventAttributes ?? event.activityTaskScheduledEventAttributes;
      if (!attributes) return [];
      const payload = attributes.header?.fields?.[CORRELATION_HEADER];
      return [payload ? defaultPayloadConverter.fromPayload<string>(payload) : 'none'];
    });
  }

  it('from the webhook through the outbox and the conversation to every activity of the enrichment', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.sends(VOICE);
    await repliesTo(customer, 1);
    await settled(product, tenantId);

    const [message, events] = await product.db.withTenant(tenantId, (tx) =>
      Promise.all([
        tx.message.findFirstOrThrow({ where: { tenantId, fromMe: false } }),
        tx.outboxEvent.findMany({ where: { tenantId }, orderBy: { sequence: 'asc' } }),
      ]),
    );
    const idOf = (type: string) => {
      const event = events.find(({ eventType }) => eventType === type);
      return (event?.metadata as { correlation_id?: string } | undefined)?.correlation_id;
    };
    const correlationId = idOf('message.created');
    assert.match(correlationId ?? '', /^[0-9a-f-]{36}$/);
    const ids = await idsIn(enrichmentWorkflowId({ tenantId, subjectId: message.id }));
    assert.ok(ids.length >= 3, String(ids.length));
    assert.deepEqual([...new Set(ids)], [correlationId]);
    // What an activity wrote belongs to the same request, and so does the answer.
    assert.equal(idOf('message.enrichment.completed'), correlationId);
    assert.equal(idOf('message.send_requested'), correlationId);
  });
});
