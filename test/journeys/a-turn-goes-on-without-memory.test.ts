import assert from 'node:assert/strict';
import { AppError } from '../../core/errors';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, newCustomer, repliesTo, settled, turnsOf } from './support';

describe('a turn goes on without memory', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('and neither its record nor its prompt takes that for a customer nobody knows', async () => {
    const { db } = product.deps;
    const { withTenant } = db;
    // The first thing that a recall reads for the prompt.
    db.withTenant = (tenantId, work, options) =>
      work.toString().includes('getContactFacts')
        ? Promise.reject(new AppError('DATABASE_ERROR', 'memory is out'))
        : withTenant(tenantId, work, options);
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
      db.withTenant = withTenant;
    }
  });
});
