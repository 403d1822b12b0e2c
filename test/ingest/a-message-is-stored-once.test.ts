import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import {
  newPhone,
  newWhatsAppId,
  postWebhook,
  startWebhookServer,
  wahaEvent,
  type WebhookAnswer,
  type WebhookServer,
} from '../support/webhook';

describe('a message is stored once', () => {
  let db: Database;
  let server: WebhookServer;
  let channel: TestChannel;

  before(async () => {
    db = testDatabase();
    server = await startWebhookServer(db);
  });
  beforeEach(async () => {
    channel = await newChannel(db, (await newTenant(db)).tenantId);
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  function stored() {
    return db.withTenant(channel.tenantId, async (tx) => ({
      messages: await tx.message.findMany(),
      contacts: await tx.contact.findMany(),
      sessions: await tx.session.findMany(),
      channel: await tx.channel.findFirstOrThrow({ where: { id: channel.channelId } }),
      eventTypes: (await tx.outboxEvent.findMany({ where: { aggregateType: { not: 'project' } } })).map(
        ({ eventType }) => eventType,
      ),
    }));
  }

  const statuses = (answers: WebhookAnswer[]) => answers.map(({ body }) => body['status']).sort();

  it('ten copies at once, as message and message.any and in every form of its id', async () => {
    const phone = newPhone();
    const id = newWhatsAppId();
    const bodies = Array.from({ length: 10 }, (_, index) => {
      const event = index % 2 === 0 ? 'message' : 'message.any';
      const form = index % 3 === 0 ? { id } : {};
      return wahaEvent(channel, { fixture: 'image', phone, messageId: id, event, payload: form });
    }).sort(() => Math.random() - 0.5);

    const answers = await Promise.all(bodies.map((body) => postWebhook(server, { channel, body })));

    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(10).fill(200),
    );
    assert.deepEqual(statuses(answers), [...Array<string>(9).fill('duplicate'), 'stored']);
    const after = await stored();
    assert.equal(after.messages.length, 1);
    assert.equal(after.messages[0]?.channelMessageId, id);
    assert.equal(after.contacts.length, 1);
    assert.equal(after.sessions.length, 1);
    assert.equal(after.sessions[0]?.messageCount, 1);
    assert.equal(after.sessions[0]?.messagesFromContact, 1);
    assert.equal(after.channel.messagesReceived, 1n);
    assert.deepEqual(after.eventTypes.sort(), ['contact.created', 'message.created', 'session.started']);
  });

  it('twenty different first messages of one new person at once: one contact, one session, every message', async () => {
    const phone = newPhone();
    const bodies = Array.from({ length: 20 }, () => wahaEvent(channel, { fixture: 'text', phone }));

    const answers = await Promise.all(bodies.map((body) => postWebhook(server, { channel, body })));

    assert.deepEqual(statuses(answers), Array(20).fill('stored'));
    const after = await stored();
    assert.equal(after.contacts.length, 1);
    assert.equal(after.sessions.length, 1);
    assert.equal(after.sessions[0]?.messageCount, 20);
    assert.equal(after.channel.messagesReceived, 20n);
    assert.equal(after.eventTypes.filter((type) => type === 'contact.created').length, 1);
    assert.equal(after.eventTypes.filter((type) => type === 'session.started').length, 1);
    assert.equal(after.eventTypes.filter((type) => type === 'message.created').length, 20);
  });

  it('a person written with eight and with nine digits, at once: one contact', async () => {
    const nine = '5531987650001';
    const eight = '553187650001';
    const bodies = Array.from({ length: 10 }, (_, index) =>
      wahaEvent(channel, { fixture: 'text', phone: index % 2 === 0 ? nine : eight, lid: '555000111222' }),
    );

    await Promise.all(bodies.map((body) => postWebhook(server, { channel, body })));

    const after = await stored();
    assert.equal(after.contacts.length, 1);
    assert.equal(after.contacts[0]?.phone, '+5531987650001');
    assert.equal(after.messages.length, 10);
    assert.equal(after.sessions.length, 1);
  });

  it('the same id on another channel is another message', async () => {
    const id = newWhatsAppId();
    const other = await newChannel(db, channel.tenantId);
    for (const to of [channel, other]) {
      const body = wahaEvent(to, { fixture: 'text', phone: '5511970000000', messageId: id });
      assert.equal((await postWebhook(server, { channel: to, body })).body['status'], 'stored');
    }
    assert.equal((await stored()).contacts.length, 1);
  });

  it('an expired session is ended once and one new one opened, whatever arrives at once', async () => {
    const phone = newPhone();
    const oldSeconds = Math.floor(Date.now() / 1000) - 3600;
    await postWebhook(server, {
      channel,
      body: wahaEvent(channel, { fixture: 'text', phone, payload: { timestamp: oldSeconds } }),
    });
    const bodies = Array.from({ length: 8 }, () =>
      wahaEvent(channel, { fixture: 'text', phone, payload: { timestamp: Math.floor(Date.now() / 1000) } }),
    );

    await Promise.all(bodies.map((body) => postWebhook(server, { channel, body })));

    const { sessions, eventTypes } = await stored();
    const ended = sessions.filter(({ status }) => status === 'ended');
    const active = sessions.filter(({ status }) => status === 'active');
    assert.equal(ended.length, 1);
    assert.equal(ended[0]?.endReason, 'inactivity_timeout');
    assert.equal(ended[0]?.endedAt?.getTime(), (oldSeconds + 30 * 60) * 1000);
    assert.equal(active.length, 1);
    assert.equal(active[0]?.messageCount, 8);
    assert.equal(eventTypes.filter((type) => type === 'session.ended').length, 1);
  });
});
