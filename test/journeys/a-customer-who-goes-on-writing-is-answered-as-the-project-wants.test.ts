import assert from 'node:assert/strict';
import { changePeopleSettings } from '../../core/people/settings';
import type { DoubleTextPolicy } from '../../core/people/types';
import { eventually } from '../support/eventually';
import { startHeldServer, type HeldServer } from '../support/held-server';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, newCustomer, repliesTo, settled, turnsOf, turnText } from './support';

describe('a customer who goes on writing is answered as the project wants', () => {
  let product: Product;
  let model: HeldServer;
  before(async () => {
    model = await startHeldServer();
    product = await startProduct({ settings: { OPENAI_BASE_URL: `${model.url}/v1` } });
    model.passOnTo(product.simulator.urls.openai);
  });
  after(async () => {
    model.release();
    await product.stop();
    await model.stop();
  });

  async function shop(doubleText: DoubleTextPolicy) {
    const { tenantId } = await product.newShop();
    await product.db.withTenant(tenantId, (tx) => changePeopleSettings(tx, tenantId, { doubleText }));
    return { tenantId, customer: newCustomer(product) };
  }

  /** Says the second thing while the model thinks about the first. */
  async function saysTwice(policy: DoubleTextPolicy) {
    const { tenantId, customer } = await shop(policy);
    model.hold();
    await customer.says('Qual o prazo de entrega?');
    await eventually('the call of the model', () => agentPrompts(product, customer).length > 0);
    await customer.says('Moro em Recife');
    return { tenantId, customer };
  }

  it('interrupt: begins anew with both, and the first answer is never sent', async () => {
    const { tenantId, customer } = await saysTwice('interrupt');
    await eventually('the new turn', () =>
      agentPrompts(product, customer).some((prompt) => /entrega[^]*Recife/.test(turnText(prompt))),
    );
    model.release();
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 1);
    const turns = await turnsOf(product, tenantId);
    assert.deepEqual(
      turns.map(({ outcome }) => outcome),
      ['interrupted', 'replied'],
    );
  });

  it('reject: stores and remembers what comes meanwhile, and does not answer it', async () => {
    const { tenantId, customer } = await saysTwice('reject');
    await eventually('both messages', () =>
      product.db.withTenant(tenantId, async (tx) => (await tx.message.count({ where: { fromMe: false } })) === 2),
    );
    await settledEvents(tenantId);
    model.release();
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 1);
    assert.equal((await turnsOf(product, tenantId)).length, 1);
    const groups = await product.db.withTenant(tenantId, (tx) => tx.messageGroup.findMany({ where: { tenantId } }));
    assert.deepEqual(
      groups.map(({ status }) => status),
      ['completed', 'completed'],
    );
    await customer.says('E agora?');
    await repliesTo(customer, 2);
  });

  it('enqueue: answers each message by a turn of its own, in order, also after a restart', async () => {
    const { tenantId, customer } = await shop('enqueue');
    await product.stopWorking();
    for (const text of ['Qual o prazo?', 'E o frete?', 'Tem garantia?']) await customer.says(text);
    await product.startWorking();
    await repliesTo(customer, 3);
    await settled(product, tenantId);
    assert.equal((await turnsOf(product, tenantId)).length, 3);
    const asked = agentPrompts(product, customer).map(turnText);
    assert.ok(asked.some((text) => text.includes('garantia') && !text.includes('frete')));
  });

  const settledEvents = (tenantId: string) =>
    eventually('the delivery of every event', () =>
      product.db.withSystem(
        async (tx) =>
          (await tx.outboxEvent.count({ where: { tenantId, status: { in: ['pending', 'processing'] } } })) === 0,
      ),
    );
});
