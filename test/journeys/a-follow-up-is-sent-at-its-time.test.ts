import assert from 'node:assert/strict';
import { cancelFollowUp, changeFollowUp, getFollowUp, scheduleFollowUp } from '../../core/crm/follow-ups/follow-ups';
import { OPT_OUT_TAG } from '../../core/crm/follow-ups/send-follow-up';
import { changeHandler } from '../../core/conversation/handler';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { conversationOf, newCustomer, repliesTo, settled } from './support';

const SYSTEM = { by: 'system' } as const;
const AGENT = { by: 'agent', turn_id: '00000000-0000-4000-8000-000000000000' } as const;

describe('a follow-up is sent at its time', function () {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  async function shop() {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 100 });
    const customer = newCustomer(product);
    await customer.says('Oi');
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const { id: conversationId, contactId, channelId } = await conversationOf(product, tenantId);
    const inTenant = <T>(work: Parameters<typeof product.db.withTenant<T>>[1]) =>
      product.db.withTenant<T>(tenantId, work);
    const schedule = (text: string, inMs: number) =>
      inTenant((tx) =>
        scheduleFollowUp(tx, tenantId, {
          contactId,
          channelId,
          text,
          scheduledAt: new Date(Date.now() + inMs),
          actor: AGENT,
        }),
      );
    const ended = (id: string) =>
      eventually('the end of the follow-up', async () => {
        const row = await inTenant((tx) => getFollowUp(tx, tenantId, id));
        return row.status === 'scheduled' ? null : row;
      });
    return { tenantId, customer, conversationId, contactId, inTenant, schedule, ended };
  }

  it('after the last of its times, once, and never when it was cancelled', async () => {
    const { tenantId, customer, inTenant, schedule, ended } = await shop();
    const moved = await schedule('Ainda quer a geladeira?', 3_600_000);
    const cancelled = await schedule('Nunca', 3_600_000);
    await inTenant((tx) => cancelFollowUp(tx, tenantId, { followUpId: cancelled.id, actor: SYSTEM }));
    await inTenant((tx) =>
      changeFollowUp(tx, tenantId, {
        followUpId: moved.id,
        version: 1,
        changes: { scheduledAt: new Date(Date.now() + 500) },
        actor: SYSTEM,
      }),
    );
    assert.equal((await ended(moved.id)).status, 'sent');
    const texts = await repliesTo(customer, 2);
    assert.equal(texts.filter((text) => JSON.stringify(text).includes('Ainda quer a geladeira?')).length, 1);
    assert.ok(!JSON.stringify(texts).includes('Nunca'));
  });

  it('not when the contact asked for a person, or opted out, meanwhile', async () => {
    const { tenantId, conversationId, contactId, inTenant, schedule, ended } = await shop();
    const first = await schedule('Posso ajudar?', 1_500);
    await inTenant((tx) =>
      changeHandler(tx, { tenantId, conversationId, handler: 'waiting', name: null, reason: 'pediu' }),
    );
    const skipped = await ended(first.id);
    assert.deepEqual([skipped.status, skipped.reason, skipped.messageId], ['skipped', 'with_a_person', null]);
    await inTenant((tx) => changeHandler(tx, { tenantId, conversationId, handler: 'ai', name: null, reason: null }));
    const second = await schedule('Posso ajudar?', 1_500);
    await inTenant((tx) => tx.contact.updateMany({ where: { id: contactId }, data: { tags: [OPT_OUT_TAG] } }));
    const optedOut = await ended(second.id);
    assert.deepEqual([optedOut.status, optedOut.reason], ['skipped', 'opted_out']);
  });
});
