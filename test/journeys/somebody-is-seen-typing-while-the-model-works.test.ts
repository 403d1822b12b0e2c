import assert from 'node:assert/strict';
import { startProduct, type Product } from '../support/product';
import { newCustomer, repliesTo, type Customer } from './support';

describe('somebody is seen typing while the model works', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
    await product.newShop();
  });
  after(() => product.stop());

  const signsTo = ({ from }: Customer) =>
    product.simulator
      .requests('waha')
      .filter(({ path, body }) => path === '/api/startTyping' && (body as { chatId?: string }).chatId === from);

  it('once for an answer, in the chat that it goes to', async () => {
    const customer = newCustomer(product);
    await customer.says('Bom dia, vocês entregam no sábado?');
    await repliesTo(customer, 1);
    assert.equal(signsTo(customer).length, 1);
  });

  it('and the answer comes without the sign where the phone never answers to it', async () => {
    product.simulator.fault('waha', { kind: 'hang' }, { matchPath: '/startTyping' });
    const customer = newCustomer(product);
    await customer.says('Bom dia, e no domingo?');
    await repliesTo(customer, 1);
    assert.equal(signsTo(customer).length, 1);
  });
});
