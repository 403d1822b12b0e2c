import assert from 'node:assert/strict';
import { normaliseMessageId } from '../../core/ingest/waha/message-id';
import { markSent } from '../../core/sending/mark-sent';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { newWhatsAppId } from '../support/webhook';
import { messageOf, newThread, ownMessages, queue, sentTo, statusBecomes, type Thread } from './support';

describe('a sent medium is one message, under the id that the channel gave it', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  const enrichments = ({ tenantId }: Thread) =>
    product.db.withTenant(tenantId, (tx) => tx.messageEnrichment.count({ where: { tenantId } }));
  const echo = ({ chatId, channel }: Thread, id: string, also: Record<string, unknown> = {}) =>
    product.simulator.waha.emit(
      'message.any',
      {
        id: `true_${chatId}_${id}`,
        timestamp: Math.floor(Date.now() / 1000),
        from: '5511900000000@c.us',
        to: chatId,
        fromMe: true,
        source: 'api',
        body: 'a foto',
        hasMedia: true,
        media: { url: `${product.simulator.urls.waha}/api/files/x.jpg`, mimetype: 'image/jpeg' },
        _data: { Message: { imageMessage: {} } },
        ...also,
      },
      { session: channel.externalId },
    );
  const ack = ({ chatId, channel }: Thread, id: string, level: number) =>
    product.simulator.waha.emit(
      'message.ack',
      { id: `true_${chatId}_${id}`, from: chatId, fromMe: true, ack: level },
      { session: channel.externalId },
    );

  it('is found by its acknowledgements, and its echo is no second message to be read and paid for', async () => {
    const thread = await newThread(product);
    const messageId = await queue(product, thread, { image: 'a foto' });
    const message = await statusBecomes(product, thread, messageId, 'read');
    const [sent] = sentTo(product, thread);
    assert.equal(message.channelMessageId, normaliseMessageId(sent?.messageId ?? ''));
    assert.ok(message.deliveredAt && message.readAt);
    assert.equal((await ownMessages(product, thread)).length, 1);
    assert.equal(await enrichments(thread), 0);
  });

  it('is not sent again when the answer is lost but the echo came', async () => {
    const thread = await newThread(product);
    product.simulator.fault('waha', { kind: 'accept_then_drop' }, { times: 1 });
    const messageId = await queue(product, thread, { image: 'a foto' });
    const message = await statusBecomes(product, thread, messageId, 'read');
    await eventually('the end of the sending', async () => {
      const workflow = product.client.workflow.getHandle(`t:${thread.tenantId}:sending:${messageId}`);
      return (await workflow.describe()).status.name === 'COMPLETED';
    });
    const sent = sentTo(product, thread);
    assert.equal(sent.length, 1);
    assert.equal(message.channelMessageId, normaliseMessageId(sent[0]?.messageId ?? ''));
    assert.equal((await ownMessages(product, thread)).length, 1);
    assert.equal(await enrichments(thread), 0);
  });

  describe('while the channel has not answered yet', () => {
    let thread: Thread;
    let messageId: string;
    beforeEach(async () => {
      await product.stopWorking();
      thread = await newThread(product);
      messageId = await queue(product, thread, { image: 'a foto' });
    });
    const setSending = () =>
      product.db.withTenant(thread.tenantId, (tx) =>
        tx.message.updateMany({ where: { id: messageId }, data: { status: 'sending' } }),
      );
    const answer = (id: string) =>
      markSent(product.db, {
        tenantId: thread.tenantId,
        messageId,
        channelMessageId: null,
        answeredId: `true_${thread.chatId}_${id}`,
      });

    it('a picture from the phone of a person is a message of its own', async () => {
      await setSending();
      const [own, other] = [newWhatsAppId(), newWhatsAppId()];
      await echo(thread, other, { source: 'app' });
      await answer(own);
      const ids = (await ownMessages(product, thread)).map(({ channelMessageId }) => channelMessageId);
      assert.deepEqual(ids.sort(), [own, other].sort());
    });

    it('another type of content is not taken for it', async () => {
      await setSending();
      await echo(thread, newWhatsAppId(), { _data: { Message: { videoMessage: {} } } });
      assert.equal((await messageOf(product, thread, messageId)).channelMessageId, null);
    });

    it('an echo that was stored as another message is taken back, with what is known of the delivery', async () => {
      const id = newWhatsAppId();
      await echo(thread, id);
      await ack(thread, id, 3);
      assert.equal((await ownMessages(product, thread)).length, 2);
      await setSending();
      await answer(id);
      const [message, ...others] = await ownMessages(product, thread);
      assert.equal(others.length, 0);
      assert.deepEqual([message?.id, message?.channelMessageId, message?.status], [messageId, id, 'read']);
      assert.ok(message?.readAt);
    });

    it('echoes and answer at the same moment end in one message', async () => {
      for (let round = 0; round < 15; round++) {
        const id = newWhatsAppId();
        messageId = await queue(product, thread, { image: `foto ${round}` });
        // Not `sending`: the echo is stored by itself, unless the answer is first.
        const isSending = round % 2 === 0;
        if (isSending) await setSending();
        await Promise.all([echo(thread, id), answer(id), echo(thread, id)]);
        const same = (await ownMessages(product, thread)).filter(({ channelMessageId }) => channelMessageId === id);
        assert.deepEqual(
          same.map((message) => message.id),
          [messageId],
        );
      }
    });
  });
});
