import assert from 'node:assert/strict';
import { startProduct, type Product } from '../support/product';
import { enrichmentsOf, newCustomer, PHOTO, repliesTo, settled } from './support';

describe('the same photo is read once', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  const readings = () => product.simulator.requests('vertex').length;
  const paidReadings = (tenantId: string) =>
    product.db.withTenant(tenantId, (tx) => tx.aiCost.count({ where: { tenantId, operation: 'vision' } }));

  it('reads and pays it once in a tenant, whoever sends it, and again in another tenant', async () => {
    const { tenantId } = await product.newShop();
    for (const customer of [newCustomer(product), newCustomer(product)]) {
      await customer.sends(PHOTO);
      await repliesTo(customer, 1);
    }
    await settled(product, tenantId);
    const [first, second] = await enrichmentsOf(product, tenantId);
    assert.equal(first?.status, 'completed');
    assert.equal(second?.status, 'completed');
    assert.equal(second.extractedText, first.extractedText);
    assert.equal(second.costMicros, 0n);
    assert.equal(readings(), 1);
    assert.equal(await paidReadings(tenantId), 1);

    const other = await product.newShop();
    const stranger = newCustomer(product);
    await stranger.sends(PHOTO);
    await repliesTo(stranger, 1);
    await settled(product, other.tenantId);
    const [own] = await enrichmentsOf(product, other.tenantId);
    assert.ok(own && own.costMicros > 0n);
    assert.equal(readings(), 2);
    assert.equal(await paidReadings(other.tenantId), 1);
  });
});
