import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import {
  newPhone,
  newWhatsAppId,
  postWebhook,
  startWebhookServer,
  wahaEvent,
  type WebhookServer,
} from '../support/webhook';

describe('late acks never regress', () => {
  let db: Database;
  let server: WebhookServer;
  let channel: TestChannel;
  let inboundId: string;
  const phone = newPhone();

  before(async () => {
    db = testDatabase();
    server = await startWebhookServer(db);
    channel = await newChannel(db, (await newTenant(db)).tenantId);
    const answer = await postWebhook(server, { channel, body: wahaEvent(channel, { fixture: 'text', phone }) });
    inboundId = String(answer.body['messageId']);
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  /** A reply of ours as the sending side stores it before it sends. */
  async function outbound(status: string): Promise<{ id: string; externalId: string }> {
    const message = { id: newId(), externalId: newWhatsAppId() };
    await db.withTenant(channel.tenantId, async (tx) => {
      const { contactId, conversationId, sessionId } = await tx.message.findFirstOrThrow({ where: { id: inboundId } });
      await tx.message.create({
        data: {
          id: message.id,
          tenantId: channel.tenantId,
          channelId: channel.channelId,
          contactId,
          conversationId,
          sessionId,
          fromMe: true,
          contentType: 'text',
          text: 'Custa R$ 99 por mês',
          channelMessageId: message.externalId,
          status,
          source: 'bot',
          agentId: SYSTEM_AGENT_IDS.default,
          sentAt: new Date(),
        },
      });
    });
    return message;
  }

  const ack = (messageId: string, level: number, event?: string) =>
    postWebhook(server, {
      channel,
      body: wahaEvent(channel, { fixture: 'ack', phone, messageId, event, payload: { ack: level } }),
    });

  const read = (id: string) =>
    db.withTenant(channel.tenantId, async (tx) => ({
      message: await tx.message.findFirstOrThrow({ where: { id } }),
      events: (await tx.outboxEvent.findMany({ where: { aggregateId: id }, orderBy: { sequence: 'asc' } })).map(
        ({ eventType }) => eventType,
      ),
    }));

  it('each step sets its time once and says so once', async () => {
    const { id, externalId } = await outbound('sent');
    for (const level of [2, 2, 3, 4, 4]) assert.equal((await ack(externalId, level)).status, 200);
    const { message, events } = await read(id);
    assert.equal(message.status, 'played');
    assert.ok(message.deliveredAt && message.readAt && message.playedAt);
    assert.deepEqual(events, ['message.delivered', 'message.read', 'message.played']);
  });

  it('played, then everything before it: still played, with the times of the first news', async () => {
    const { id, externalId } = await outbound('sending');
    await ack(externalId, 4);
    const first = (await read(id)).message;
    for (const level of [3, 2, 1, 0, -1]) assert.equal((await ack(externalId, level)).status, 200);
    const { message, events } = await read(id);
    assert.equal(message.status, 'played');
    assert.equal(message.failureReason, null);
    assert.deepEqual(message.deliveredAt, first.deliveredAt);
    assert.deepEqual(events, ['message.played']);
  });

  it('every acknowledgement ten times at once and shuffled: read, with one event a step at most', async () => {
    const { id, externalId } = await outbound('sent');
    const levels = Array.from({ length: 30 }, (_, index) => [1, 2, 3][index % 3] ?? 1).sort(() => Math.random() - 0.5);
    const answers = await Promise.all(levels.map((level) => ack(externalId, level)));
    assert.ok(answers.every(({ status }) => status === 200));
    const { message, events } = await read(id);
    assert.equal(message.status, 'read');
    assert.ok(message.deliveredAt && message.readAt);
    assert.equal(events.filter((type) => type === 'message.read').length, 1);
    assert.ok(events.filter((type) => type === 'message.delivered').length <= 1);
  });

  it('an error fails what was sent, and proof of arrival outweighs it', async () => {
    const { id, externalId } = await outbound('sent');
    await ack(externalId, -1);
    const failed = await read(id);
    assert.equal(failed.message.status, 'failed');
    assert.match(failed.message.failureReason ?? '', /could not be delivered/);
    await ack(externalId, 1);
    assert.equal((await read(id)).message.status, 'failed');
    await ack(externalId, 2);
    const { message, events } = await read(id);
    assert.equal(message.status, 'delivered');
    assert.deepEqual(events, ['message.failed', 'message.delivered']);
  });

  it('a cancelled message stays cancelled', async () => {
    const { id, externalId } = await outbound('cancelled');
    await ack(externalId, 3);
    assert.equal((await read(id)).message.status, 'cancelled');
  });

  it('a group’s acknowledgement and an unknown message are answered and change nothing else', async () => {
    const { id, externalId } = await outbound('sent');
    assert.deepEqual((await ack(externalId, 2, 'message.ack.group')).body, { status: 'applied' });
    assert.equal((await read(id)).message.status, 'delivered');
    assert.deepEqual((await ack(newWhatsAppId(), 3)).body, { status: 'ignored', reason: 'unknown_message' });
  });

  it('an acknowledgement of what the customer wrote does not touch it', async () => {
    const { message } = await read(inboundId);
    await ack(message.channelMessageId ?? '', 3);
    assert.equal((await read(inboundId)).message.status, 'delivered');
    assert.equal((await read(inboundId)).message.readAt, null);
  });

  it('another tenant’s channel cannot move the message', async () => {
    const { id, externalId } = await outbound('sent');
    const foreign = await newChannel(db, (await newTenant(db)).tenantId);
    const body = wahaEvent(foreign, { fixture: 'ack', phone, messageId: externalId });
    assert.equal((await postWebhook(server, { channel: foreign, body })).body['reason'], 'unknown_message');
    assert.equal((await read(id)).message.status, 'sent');
  });
});
