import assert from 'node:assert/strict';
import { createAgent } from '../../core/agents/team/agents';
import { createVersion } from '../../core/agents/team/versions';
import { newCustomer, repliesTo, settled, turnsOf } from '../journeys/support';
import { startProduct, type Product } from '../support/product';

describe('an agent speaks the language of its customers', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('and is routed to by it, whatever its priority, also for a message without words', async () => {
    const { tenantId } = await product.newShop();
    await product.db.withTenant(tenantId, async (tx) => {
      const { id: agentId } = await createAgent(tx, tenantId, { key: 'sales_abroad', name: 'Sales' });
      const changes = { intents: ['sales_prospecting'], languages: ['en'], priority: 90 } as const;
      await createVersion(tx, tenantId, { agentId, changes, note: null, createdBy: null, isActive: true });
    });
    const customer = newCustomer(product);
    const said = [
      ['I want to buy the coffee machine, how much does it cost?', 'sales_abroad'],
      ['900 ?', 'sales_abroad'],
      ['Quero comprar a cafeteira, quanto custa?', 'sales_prospecting'],
    ] as const;
    for (const [index, [text]] of said.entries()) {
      await customer.says(text);
      await repliesTo(customer, index + 1);
    }
    await settled(product, tenantId);
    assert.deepEqual(
      (await turnsOf(product, tenantId)).map(({ agent }) => agent),
      said.map(([, agent]) => agent),
    );
  });
});
