import assert from 'node:assert/strict';
import { overloaded } from '../../simulator';
import { eventually } from '../support/eventually';
import { startHeldServer, type HeldServer } from '../support/held-server';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, conversationOf, handTo, newCustomer, settled, turnsOf } from './support';

describe('a take-over silences the bot', () => {
  let product: Product;
  let model: HeldServer;
  beforeEach(async () => {
    model = await startHeldServer();
    product = await startProduct({ settings: { OPENAI_BASE_URL: `${model.url}/v1` } });
    model.passOnTo(product.simulator.urls.openai);
  });
  afterEach(async () => {
    model.release();
    await product.stop();
    await model.stop();
  });

  it("sends nothing when a person takes over during the model's call", async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    model.hold();
    await customer.says('Quero falar sobre o meu pedido');
    await eventually('the call of the model', () => agentPrompts(product, customer).length > 0);
    await handTo(product, tenantId, 'human');
    model.release();

    const turn = await eventually('the end of the turn', async () => {
      const [record] = await turnsOf(product, tenantId);
      return record?.outcome ? record : null;
    });
    assert.equal(turn.outcome, 'silenced');
    assert.equal(turn.replyMessageId, null);
    await settled(product, tenantId);
    assert.deepEqual(customer.replies(), []);
    assert.equal((await conversationOf(product, tenantId)).handler, 'human');

    await customer.says('Tem alguém aí?');
    await settled(product, tenantId);
    assert.deepEqual(customer.replies(), []);
  });

  it('answers nothing when a person takes over before the turn begins', async () => {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 3_000 });
    const customer = newCustomer(product);
    await customer.says('Oi');
    await handTo(product, tenantId, 'human');
    await settled(product, tenantId);
    assert.deepEqual(customer.replies(), []);
    assert.deepEqual(await turnsOf(product, tenantId), []);
  });

  it('cancels a reply that the channel has not taken yet', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    product.simulator.fault('waha', overloaded('waha'), { matchPath: '/api/sendText' });
    await customer.says('Qual o horário de vocês?');
    await eventually('a try to send', () =>
      product.simulator.requests('waha').some(({ path }) => path === '/api/sendText'),
    );
    await handTo(product, tenantId, 'human');
    product.simulator.clearFaults();
    const reply = await eventually('the end of the reply', () =>
      product.db.withTenant(tenantId, (tx) =>
        tx.message.findFirst({ where: { tenantId, fromMe: true, status: { notIn: ['queued', 'sending'] } } }),
      ),
    );
    assert.equal(reply.status, 'cancelled');
    assert.deepEqual(customer.replies(), []);
  });
});
