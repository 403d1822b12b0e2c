import assert from 'node:assert/strict';
import { createIntentRefiner } from '../../core/agents/intents/route-intent';
import { prepareTurn } from '../../core/agents/prepare-turn';
import { newId } from '../../core/ids';
import { newMessage, newThread } from '../api/fixtures';
import { startProduct, type Product } from '../support/product';

const HOUR_MS = 3600_000;

describe('one refusal closes one offer', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  it('the newest, also when the intent is settled by further routers and the agent is chosen again', async () => {
    const { db, deps } = product;
    const { tenantId } = await product.newShop();
    const thread = await newThread(db, tenantId);
    const { contactId, conversationId, sessionId } = thread;
    const turnId = newId();
    const messageId = await newMessage(db, tenantId, thread, { text: 'Não quero' });
    const [older, newer] = [newId(), newId()];
    await db.withTenant(tenantId, async (tx) => {
      await tx.messageGroup.create({ data: { id: turnId, tenantId, conversationId, sessionId, handlerVersion: 1 } });
      await tx.messageGroupMessage.create({ data: { tenantId, groupId: turnId, messageId, position: 0 } });
      const offer = { tenantId, contactId, discountPercent: 10, durationMonths: 1, reason: 'preço' };
      await tx.retentionOffer.createMany({
        data: [
          { ...offer, id: older, createdAt: new Date(Date.now() - 2 * HOUR_MS) },
          { ...offer, id: newer, createdAt: new Date(Date.now() - HOUR_MS) },
        ],
      });
    });

    const turn = { tenantId, turnId };
    const run = { workflowId: 'workflow', runId: 'run' };
    await prepareTurn(deps, turn, run);
    // A second attempt of either changes nothing.
    await prepareTurn(deps, turn, run);
    const intent = 'retention_churn';
    const votes = [{ router: 'model', intent, confidence: 0.9 }] as const;
    for (let attempt = 1; attempt <= 2; attempt++)
      await createIntentRefiner(deps).settle({ ...turn, votes: [...votes], intent });

    await db.withTenant(tenantId, async (tx) => {
      const offers = await tx.retentionOffer.findMany({ where: { tenantId }, orderBy: { createdAt: 'asc' } });
      assert.deepEqual(
        offers.map(({ id, status }) => [id, status]),
        [
          [older, 'offered'],
          [newer, 'refused'],
        ],
      );
      const record = await tx.decisionRecord.findFirstOrThrow({ where: { tenantId, groupId: turnId } });
      assert.equal(record.intent, intent);
      const { offersMade, offersRefused } = record.signals as { offersMade: number; offersRefused: number };
      assert.deepEqual([offersMade, offersRefused], [2, 1]);
    });
  });
});
