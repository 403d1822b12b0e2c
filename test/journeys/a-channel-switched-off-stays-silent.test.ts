import assert from 'node:assert/strict';
import { deleteChannel, switchChannel } from '../../core/crm/channels';
import { overloaded } from '../../simulator';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { postWebhook, wahaEvent } from '../support/webhook';
import { agentPrompts, newCustomer, repliesTo, settled, turnsOf } from './support';

describe('a channel that is switched off stays silent', () => {
  let product: Product;
  beforeEach(async () => {
    product = await startProduct();
  });
  afterEach(() => product.stop());

  const switchTo = (tenantId: string, channelId: string, isEnabled: boolean) =>
    product.db.withTenant(tenantId, (tx) => switchChannel(tx, tenantId, { channelId, isEnabled }));

  it('stores what arrives and answers nothing, even when its session starts to work again', async () => {
    const { tenantId, channel } = await product.newShop();
    await switchTo(tenantId, channel.channelId, false);
    const url = product.webhookUrl(channel).replace(/\/api\/.*/, '');
    for (const status of ['STARTING', 'WORKING']) {
      const body = wahaEvent(channel, { fixture: 'session-status', payload: { status } });
      await postWebhook({ url, close: async () => undefined }, { channel, body });
    }
    const customer = newCustomer(product);
    await customer.says('Tem alguém aí?');
    await settled(product, tenantId);
    const stored = await product.db.withTenant(tenantId, async (tx) => ({
      channel: await tx.channel.findFirstOrThrow({ where: { id: channel.channelId } }),
      texts: (await tx.message.findMany({ where: { tenantId } })).map(({ text }) => text),
    }));
    assert.deepEqual([stored.channel.status, stored.channel.isEnabled], ['inactive', false]);
    assert.deepEqual(stored.texts, ['Tem alguém aí?']);
    assert.deepEqual(customer.replies(), []);
    assert.deepEqual(await turnsOf(product, tenantId), []);

    await switchTo(tenantId, channel.channelId, true);
    await customer.says('E agora?');
    await repliesTo(customer, 1);
  });

  const ends: [string, (tenantId: string, channelId: string) => Promise<unknown>][] = [
    ['switched off', (tenantId, channelId) => switchTo(tenantId, channelId, false)],
    [
      'deleted',
      (tenantId, channelId) => product.db.withTenant(tenantId, (tx) => deleteChannel(tx, tenantId, channelId)),
    ],
  ];
  for (const [name, end] of ends) {
    it(`sends no reply that was under way when it was ${name}`, async () => {
      const { tenantId, channel } = await product.newShop();
      const customer = newCustomer(product);
      product.simulator.fault('waha', overloaded('waha'), { matchPath: '/api/sendText' });
      await customer.says('Qual o horário de vocês?');
      await eventually('a try to send', () =>
        product.simulator.requests('waha').some(({ path }) => path === '/api/sendText'),
      );
      assert.ok(agentPrompts(product, customer).length > 0);
      await end(tenantId, channel.channelId);
      product.simulator.clearFaults();
      const reply = await eventually('the end of the reply', () =>
        product.db.withTenant(tenantId, (tx) =>
          tx.message.findFirst({ where: { tenantId, fromMe: true, status: { notIn: ['queued', 'sending'] } } }),
        ),
      );
      assert.equal(reply.status, 'failed');
      assert.match(reply.failureReason ?? '', /^CHANNEL_INACTIVE: /);
      assert.deepEqual(customer.replies(), []);
    });
  }
});
