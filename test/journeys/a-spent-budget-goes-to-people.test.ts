import assert from 'node:assert/strict';
import { handOverMessage } from '../../core/agents/prompts';
import { changeBudget, createBudget } from '../../core/money/budgets';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { conversationOf, handTo, newCustomer, PHOTO, repliesTo, turnsOf } from './support';

describe('a spent budget goes to people', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('hands the turn over with an honest line, without asking a model, until the budget is raised', async () => {
    const { tenantId } = await product.newShop();
    const budget = await product.db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros: 0 }),
    );
    const customer = newCustomer(product);
    await customer.says('Bom dia, vocês entregam no sábado?');
    const [notice] = await repliesTo(customer, 1);
    assert.equal(notice?.text, handOverMessage('budget_exceeded', 'pt'));
    const [turn] = await turnsOf(product, tenantId);
    assert.deepEqual([turn?.outcome, turn?.outcomeReason], ['handed_over', 'budget_exceeded']);
    assert.equal((await conversationOf(product, tenantId)).handlerReason, 'budget_exceeded');
    assert.equal(product.simulator.requestCount('openai'), 0);

    await product.db.withTenant(tenantId, (tx) => changeBudget(tx, tenantId, budget.id, { capMicros: 10_000_000 }));
    await handTo(product, tenantId, 'ai');
    await customer.says('Voltei, e a entrega?');
    const replies = await repliesTo(customer, 2);
    assert.match(replies[1]?.text ?? '', /Voltei, e a entrega/);
  });

  it('lets a photo wait as for a provider that is down', async () => {
    const { tenantId } = await product.newShop();
    await product.db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period: 'day', capMicros: 0 }),
    );
    const before = product.simulator.requestCount('vertex');
    await newCustomer(product).sends(PHOTO);
    const deferred = await eventually('the deferral', async () => {
      const row = await product.db.withTenant(tenantId, (tx) =>
        tx.messageEnrichment.findFirst({ where: { tenantId } }),
      );
      return row?.deferredUntil ? row : null;
    });
    assert.deepEqual([deferred.status, deferred.errorCode], ['processing', 'BUDGET_DEFERRED']);
    assert.equal(product.simulator.requestCount('vertex'), before);
  });
});
