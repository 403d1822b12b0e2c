import assert from 'node:assert/strict';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, newCustomer, repliesTo, settled, takeMemoryOut, turnsOf } from './support';

describe('a turn goes on without memory', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('and neither its record nor its prompt takes that for a customer nobody knows', async () => {
    const restore = takeMemoryOut(product);
    try {
      const { tenantId } = await product.newShop();
      const customer = newCustomer(product);
      await customer.says('Bom dia! Vocês abrem no sábado?');
      await repliesTo(customer, 1);
      await settled(product, tenantId);
      const [turn] = await turnsOf(product, tenantId);
      assert.equal(turn?.outcome, 'replied');
      const { degraded, errorCode } = turn.context as { degraded: string[]; errorCode: string };
      assert.deepEqual([degraded, errorCode], [['memory'], 'DATABASE_ERROR']);
      const [system] = agentPrompts(product, customer)[0] ?? [];
      assert.match(system?.content ?? '', /a memória não respondeu agora/);
    } finally {
      restore();
    }
  });
});
