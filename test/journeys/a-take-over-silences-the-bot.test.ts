import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { overloaded } from '../../simulator';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, conversationOf, handTo, newCustomer, settled, turnsOf } from './support';

const MODEL_MS = 1_200;
/** After the model was asked; all of them before it answers. */
const TAKE_OVER_AFTER_MS = [0, 400, 900];

describe('a take-over silences the bot', () => {
  let product: Product;
  beforeEach(async () => {
    product = await startProduct();
  });
  afterEach(() => product.stop());

  for (const afterMs of TAKE_OVER_AFTER_MS) {
    it(`sends nothing when a person takes over ${afterMs} ms into the model's call`, async () => {
      const { tenantId } = await product.newShop();
      const customer = newCustomer(product);
      product.simulator.fault('openai', { kind: 'delay', ms: MODEL_MS });
      await customer.says('Quero falar sobre o meu pedido');
      await eventually('the call of the model', () => agentPrompts(product, customer).length > 0);
      await sleep(afterMs);
      await handTo(product, tenantId, 'human');

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
  }

  it('answers nothing when a person takes over before the turn begins', async () => {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 1_000 });
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
