import assert from 'node:assert/strict';
import { isAppError } from '../../core/errors';
import { sendMessage } from '../../core/sending/send-message';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { messageOf, newThread, queue, sentTo, statusBecomes, type Thread } from './support';

describe('messages of a conversation keep their order', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('a message waits until the one before it, which failed at first, is sent', async () => {
    const thread = await newThread(product);
    const before = product.simulator.requestCount('waha');
    product.simulator.fault('waha', { kind: 'status', status: 500, body: {} }, { times: 1 });
    await queue(product, thread, { text: 'primeira' });
    await eventually('the failed try', () => product.simulator.requestCount('waha') > before);
    const last = await queue(product, thread, { text: 'segunda' });
    await statusBecomes(product, thread, last, 'read');
    assert.deepEqual(
      sentTo(product, thread).map(({ text }) => text),
      ['primeira', 'segunda'],
    );
  });

  describe('a message', () => {
    let thread: Thread;
    let first: string;
    let second: string;
    before(() => product.stopWorking());
    beforeEach(async () => {
      thread = await newThread(product);
      first = await queue(product, thread, { text: 'primeira' });
      second = await queue(product, thread, { text: 'segunda' });
    });
    const send = (messageId: string) =>
      sendMessage(product.deps, { tenantId: thread.tenantId, messageId }, new AbortController().signal);
    /** `minutes` since the message was touched and since it was queued. */
    const set = (messageId: string, { status, minutes = 0 }: { status?: string; minutes?: number }) => {
      const then = new Date(Date.now() - minutes * 60_000);
      return product.db.withTenant(thread.tenantId, (tx) =>
        tx.message.updateMany({
          where: { id: messageId },
          data: { ...(status ? { status } : {}), createdAt: then, updatedAt: then },
        }),
      );
    };
    const waitOf = async (messageId: string) => {
      const error: unknown = await send(messageId).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(isAppError(error, 'CHANNEL_UNAVAILABLE'));
      return error.retryAfterMs ?? 0;
    };

    for (const status of ['queued', 'sending']) {
      it(`waits while an earlier one is ${status}, and stays queued`, async () => {
        await set(first, { status });
        assert.equal(await waitOf(second), 1_000);
        assert.equal((await messageOf(product, thread, second)).status, 'queued');
        assert.deepEqual(sentTo(product, thread), []);
        assert.deepEqual(await send(first), { status: 'sent' });
        assert.deepEqual(await send(second), { status: 'sent' });
      });
    }

    for (const status of ['sent', 'failed', 'cancelled']) {
      it(`does not wait for one that is ${status}`, async () => {
        await set(first, { status });
        assert.deepEqual(await send(second), { status: 'sent' });
      });
    }

    it('does not wait for one that has been sending for over 15 minutes', async () => {
      await set(first, { status: 'sending', minutes: 14 });
      await waitOf(second);
      await set(first, { status: 'sending', minutes: 16 });
      assert.deepEqual(await send(second), { status: 'sent' });
    });

    it('waits longer the longer it has waited, so that its tries outlast an outage', async () => {
      await set(second, { minutes: 2 });
      const wait = await waitOf(second);
      assert.ok(wait >= 60_000 && wait < 90_000, `${wait} ms`);
      await set(second, { minutes: 60 });
      assert.equal(await waitOf(second), 300_000);
    });

    it('waits for two hours at most: a message that nobody sends does not fail the others', async () => {
      await set(second, { minutes: 121 });
      assert.deepEqual(await send(second), { status: 'sent' });
    });

    it('of another conversation does not wait', async () => {
      const other = await newThread(product);
      const messageId = await queue(product, other, { text: 'outra conversa' });
      thread = other;
      assert.deepEqual(await send(messageId), { status: 'sent' });
    });
  });
});
