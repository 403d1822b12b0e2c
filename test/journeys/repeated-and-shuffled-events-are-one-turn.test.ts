import assert from 'node:assert/strict';
import { startProduct, type Product } from '../support/product';
import { newPhone, wahaEvent } from '../support/webhook';
import { agentPrompts, newCustomer, repliesTo, settled, turnsOf, turnText } from './support';

const COPIES = 5;

describe('repeated and shuffled events are one turn', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('makes one message, one turn and one reply of ten copies, as message and as message.any, at once', async () => {
    const { tenantId, channel } = await product.newShop();
    const { waha } = product.simulator;
    const phone = newPhone();
    const { payload } = wahaEvent(channel, { fixture: 'text', phone, payload: { timestamp: nowSeconds() } });
    const emit = (event: string) => waha.emit(event, payload, { session: channel.externalId });
    const names = Array.from({ length: COPIES }, () => ['message', 'message.any']).flat();

    const deliveries = await Promise.all(shuffled(names).map(emit));
    assert.deepEqual(new Set(deliveries.map(({ status }) => status)), new Set([200]));
    await settled(product, tenantId);
    // Once more when all is over: WAHA repeats events after hours, too.
    await emit('message.any');
    await emit('message');
    await settled(product, tenantId);

    const counts = await product.db.withTenant(tenantId, async (tx) => ({
      inbound: await tx.message.count({ where: { tenantId, fromMe: false } }),
      outbound: await tx.message.count({ where: { tenantId, fromMe: true } }),
      groups: await tx.messageGroup.count({ where: { tenantId } }),
      grouped: await tx.messageGroupMessage.count({ where: { tenantId } }),
    }));
    assert.deepEqual(counts, { inbound: 1, outbound: 1, groups: 1, grouped: 1 });
    const turns = await turnsOf(product, tenantId);
    assert.deepEqual(
      turns.map(({ outcome }) => outcome),
      ['replied'],
    );
    const sent = waha.sent().filter(({ chatId }) => chatId.startsWith(phone));
    assert.deepEqual(
      sent.map(({ attempts }) => attempts),
      [1],
    );
  });

  it('answers ten messages of a burst with one turn that has all ten before it, in the order they were written', async () => {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 1_000 });
    const customer = newCustomer(product);
    const startSeconds = nowSeconds() - 60;
    const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
    await customer.says('mensagem número 5', { timestampSeconds: startSeconds + 5 });
    await Promise.all(
      shuffled(numbers.filter((number) => number !== 5)).map((number) =>
        customer.says(`mensagem número ${number}`, { timestampSeconds: startSeconds + number }),
      ),
    );
    const replies = await repliesTo(customer, 1);
    await settled(product, tenantId);

    assert.equal(customer.replies().length, replies.length);
    assert.equal((await turnsOf(product, tenantId)).length, 1);
    const prompt = agentPrompts(product, customer)
      .map(turnText)
      .find((text) => text.includes('mensagem número 10'));
    assert.deepEqual(
      [...(prompt ?? '').matchAll(/mensagem número (\d+)/g)].map(([, number]) => Number(number)),
      numbers,
    );
  });
});

const nowSeconds = () => Math.floor(Date.now() / 1000);

function shuffled<T>(items: T[]): T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
