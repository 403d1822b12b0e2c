import assert from 'node:assert/strict';
import { voteOf } from '../../core/agents/intents/decide';
import { firstReading } from '../../core/agents/intents/route-intent';
import { INTENTS, type RouterName } from '../../core/agents/intents/types';
import { startProduct, type Product } from '../support/product';
import { unclearMessage } from '../support/unclear-message';
import { newCustomer, repliesTo, scheduledActivities, settled, turnsOf } from './support';

const ROUTERS: RouterName[] = ['local', 'model'];

describe('the intent of a turn is on its record', () => {
  let product: Product;
  let unclear: string;
  before(async () => (unclear = await unclearMessage()));
  afterEach(() => product.stop());

  it('read by the local classifier, and taken over by an answer that says nothing itself', async () => {
    product = await startProduct();
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says('Preciso da segunda via do boleto, por favor');
    await repliesTo(customer, 1);
    await customer.says('ok');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    const [first, second] = await turnsOf(product, tenantId);
    assert.equal(first?.intent, 'support_billing');
    assert.equal(first.intentRouter, 'local');
    assert.equal(first.intentInherited, false);
    assert.ok(first.intentConfidence >= 0.7);
    assert.deepEqual(Object.keys(first.intentScores as object).sort(), [...INTENTS].sort());
    assert.equal(second?.intent, 'support_billing');
    assert.equal(second.intentInherited, true);
    assert.equal(second.intentConfidence, first.intentConfidence);
  });

  it('asked of the next configured router when the first is not sure, and paid for', async () => {
    product = await startProduct({
      settings: { INTENT_ROUTERS: 'local,embedding,model' },
      script: {
        language: {
          rules: [
            { match: { schemaName: 'facts' }, builtIn: true },
            { match: { schemaName: 'intent' }, json: { intent: 'support_technical', confidence: 0.92 } },
            { match: {}, text: 'Vou verificar.' },
          ],
        },
      },
    });
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says(unclear);
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const [turn] = await turnsOf(product, tenantId);
    assert.equal(turn?.intent, 'support_technical');
    assert.equal(turn.intentRouter, 'model');
    assert.equal(turn.intentConfidence, 0.92);
    const costs = await product.db.withTenant(tenantId, (tx) => tx.aiCost.findMany({ where: { tenantId } }));
    assert.equal(costs.filter(({ activityKey }) => activityKey.endsWith(':intent')).length, 2);
  });

  it('decided by consensus where that is set: two of three agree, and none of them is sure alone', async () => {
    const own = voteOf(await firstReading(unclear, null, ROUTERS)).intent;
    product = await startProduct({
      settings: { INTENT_ROUTERS: 'local,embedding,model', INTENT_ROUTING: 'consensus' },
      script: {
        language: {
          rules: [
            { match: { schemaName: 'facts' }, builtIn: true },
            { match: { schemaName: 'intent' }, json: { intent: own, confidence: 0.4 } },
            { match: {}, text: 'Vou verificar.' },
          ],
        },
      },
    });
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says(unclear);
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const [turn] = await turnsOf(product, tenantId);
    assert.equal(turn?.intent, own);
    assert.ok(turn.intentConfidence >= 0.66 && turn.intentConfidence <= 1, String(turn.intentConfidence));
    const activities = await scheduledActivities(product.client, turn.workflowId);
    assert.equal(activities.filter(({ type }) => type === 'voteIntent').length, 2);
  });

  it('kept as it was when a router answers nonsense', async () => {
    product = await startProduct({
      settings: { INTENT_ROUTERS: 'local,model' },
      script: {
        language: {
          rules: [
            { match: { schemaName: 'facts' }, builtIn: true },
            { match: { schemaName: 'intent' }, text: 'sales!' },
            { match: {}, text: 'Vou verificar.' },
          ],
        },
      },
    });
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says(unclear);
    assert.equal((await repliesTo(customer, 1))[0]?.text, 'Vou verificar.');
    await settled(product, tenantId);
    const [turn] = await turnsOf(product, tenantId);
    assert.equal(turn?.intent, 'general');
    assert.equal(turn.intentRouter, 'local');
  });
});
