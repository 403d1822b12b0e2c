import assert from 'node:assert/strict';
import { normaliseMessageId } from '../../core/ingest/waha/message-id';
import { sendMessage } from '../../core/sending/send-message';
import type { Fault } from '../../simulator';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { messageOf, newThread, ownMessages, queue, sentTo, statusBecomes, type Thread } from './support';

/** Long enough to look at the message while it is unknown. */
const WAIT_MS = 1_500;

describe('a lost acknowledgement is never guessed', () => {
  let product: Product;
  let thread: Thread;
  before(async () => {
    product = await startProduct({ settings: { SEND_CONFIRMATION_WAIT_MS: String(WAIT_MS) } });
  });
  after(() => product.stop());
  beforeEach(async () => {
    product.simulator.clearFaults();
    thread = await newThread(product);
  });

  /** From now on the channel tells nothing of what it sent. */
  function withoutEcho(): void {
    product.simulator.waha.configureWebhook({
      session: thread.channel.externalId,
      url: product.webhookUrl(thread.channel),
      hmacKey: thread.channel.webhookSecret,
      emitSendEvents: false,
    });
  }
  const setPolicy = (lostSendPolicy: 'leave' | 'resend') =>
    product.db.withTenant(thread.tenantId, (tx) =>
      tx.channel.updateMany({ where: { tenantId: thread.tenantId }, data: { lostSendPolicy } }),
    );
  const sendingEnds = (messageId: string) =>
    eventually('the end of the sending', async () => {
      const workflow = product.client.workflow.getHandle(`t:${thread.tenantId}:sending:${messageId}`);
      return (await workflow.describe()).status.name === 'COMPLETED';
    });

  const lost: [string, Fault][] = [
    ['was sent and its answer dropped', { kind: 'accept_then_drop' }],
    ['met a broken connection', { kind: 'reset' }],
    ['got the answer of a proxy that had none', { kind: 'status', status: 504, body: 'Gateway Timeout' }],
  ];
  for (const [what, fault] of lost) {
    it(`a picture that ${what} is unknown, and stays so without being sent again`, async () => {
      withoutEcho();
      product.simulator.fault('waha', fault, { times: 1, matchPath: 'sendImage' });
      const messageId = await queue(product, thread, { image: 'a foto' });
      await statusBecomes(product, thread, messageId, 'unknown');
      await sendingEnds(messageId);
      const message = await messageOf(product, thread, messageId);
      assert.equal(message.status, 'unknown');
      assert.match(message.failureReason ?? '', /^ACKNOWLEDGEMENT_LOST: .*may have arrived/);
      assert.equal(sentTo(product, thread).length, fault.kind === 'accept_then_drop' ? 1 : 0);
      const events = await product.db.withSystem((tx) =>
        tx.outboxEvent.count({ where: { tenantId: thread.tenantId, eventType: 'message.unknown' } }),
      );
      assert.equal(events, 1);
    });
  }

  it('its echo settles it, also after the wait', async () => {
    withoutEcho();
    product.simulator.fault('waha', { kind: 'accept_then_drop' }, { times: 1 });
    const messageId = await queue(product, thread, { image: 'a foto' });
    await statusBecomes(product, thread, messageId, 'unknown');
    await sendingEnds(messageId);
    const [sent] = sentTo(product, thread);
    await product.simulator.waha.emit(
      'message.any',
      {
        id: sent?.messageId,
        timestamp: Math.floor(Date.now() / 1000),
        from: '5511900000000@c.us',
        to: thread.chatId,
        fromMe: true,
        source: 'api',
        body: 'a foto',
        hasMedia: true,
        media: { url: `${product.simulator.urls.waha}/api/files/x.jpg`, mimetype: 'image/jpeg' },
        _data: { Message: { imageMessage: {} } },
      },
      { session: thread.channel.externalId },
    );
    const message = await statusBecomes(product, thread, messageId, 'sent');
    assert.equal(message.channelMessageId, normaliseMessageId(sent?.messageId ?? ''));
    assert.equal(message.failureReason, null);
    assert.equal((await ownMessages(product, thread)).length, 1);
  });

  it('is sent once more after the wait where the channel wants that, and no third time', async () => {
    await setPolicy('resend');
    withoutEcho();
    product.simulator.fault('waha', { kind: 'reset' }, { times: 2, matchPath: 'sendImage' });
    const messageId = await queue(product, thread, { image: 'a foto' });
    await statusBecomes(product, thread, messageId, 'unknown');
    await sendingEnds(messageId);
    assert.equal((await messageOf(product, thread, messageId)).status, 'unknown');
    const requests = product.simulator.requests('waha').filter(({ path, body }) => {
      return path === '/api/sendImage' && (body as { chatId: string }).chatId === thread.chatId;
    });
    assert.equal(requests.length, 2);
  });

  it('the second send is an ordinary one when it is answered', async () => {
    await setPolicy('resend');
    product.simulator.fault('waha', { kind: 'reset' }, { times: 1, matchPath: 'sendImage' });
    const messageId = await queue(product, thread, { image: 'a foto' });
    await statusBecomes(product, thread, messageId, 'read');
    assert.equal(sentTo(product, thread).length, 1);
    assert.equal((await messageOf(product, thread, messageId)).failureReason, null);
  });

  it('a picture that the channel refused for now is tried again: nothing was lost', async () => {
    product.simulator.fault('waha', { kind: 'status', status: 500, body: {} }, { times: 1, matchPath: 'sendImage' });
    const messageId = await queue(product, thread, { image: 'a foto' });
    await statusBecomes(product, thread, messageId, 'read');
    assert.equal(sentTo(product, thread).length, 1);
  });

  it('a text is sent again under its own id, and arrives once', async () => {
    product.simulator.fault('waha', { kind: 'accept_then_drop' }, { times: 1 });
    const messageId = await queue(product, thread, { text: 'o texto' });
    await statusBecomes(product, thread, messageId, 'read');
    await sendingEnds(messageId);
    assert.equal(sentTo(product, thread).length, 1);
  });

  it('a picture whose worker died in the middle of the call is unknown to the next one', async () => {
    await product.stopWorking();
    const messageId = await queue(product, thread, { image: 'a foto' });
    await product.db.withTenant(thread.tenantId, (tx) =>
      tx.message.updateMany({ where: { id: messageId }, data: { status: 'sending' } }),
    );
    const send = () =>
      sendMessage(product.deps, { tenantId: thread.tenantId, messageId }, new AbortController().signal);
    assert.deepEqual(await send(), { status: 'unknown', waitMs: WAIT_MS });
    // Also if that worker died, too, before it could tell the workflow.
    assert.deepEqual(await send(), { status: 'unknown', waitMs: WAIT_MS });
    assert.equal(sentTo(product, thread).length, 0);
  });
});
