import assert from 'node:assert/strict';
import { lockConversation } from '../../core/conversation/turns';
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
  type WebhookServer,
} from '../support/webhook';

const CONTACTS = 12;
const MESSAGES_EACH = 3;
const COPIES = 4;

/** Two API processes' worth of connections, so that transactions really overlap on the server. */
describe('ingest races lose and duplicate nothing', () => {
  const databases: Database[] = [];
  const servers: WebhookServer[] = [];
  let channel: TestChannel;

  before(async () => {
    for (let index = 0; index < 2; index++) {
      const db = testDatabase();
      databases.push(db);
      servers.push(await startWebhookServer(db));
    }
    channel = await newChannel(database(), (await newTenant(database())).tenantId);
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await Promise.all(databases.map((db) => db.close()));
  });

  function database(): Database {
    const [db] = databases;
    if (!db) throw new Error('the databases are opened in before()');
    return db;
  }

  it('new people, several messages each, several copies of each, all at once on two servers', async () => {
    const messages = Array.from({ length: CONTACTS }, () => newPhone()).flatMap((phone) =>
      Array.from({ length: MESSAGES_EACH }, () => ({ phone, messageId: newWhatsAppId() })),
    );
    const deliveries = messages
      .flatMap((message) => Array.from({ length: COPIES }, () => message))
      .sort(() => Math.random() - 0.5);

    const answers = await Promise.all(
      deliveries.map(({ phone, messageId }, index) =>
        postWebhook(servers[index % 2] ?? servers[0]!, {
          channel,
          body: wahaEvent(channel, {
            fixture: 'image',
            phone,
            messageId,
            event: index % 3 === 0 ? 'message.any' : 'message',
          }),
        }),
      ),
    );

    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(answers.filter(({ body }) => body['status'] === 'stored').length, messages.length);
    await database().withTenant(channel.tenantId, async (tx) => {
      assert.equal(await tx.message.count(), messages.length);
      assert.equal(await tx.messageEnrichment.count(), messages.length);
      assert.equal(await tx.contact.count(), CONTACTS);
      assert.equal(await tx.conversation.count(), CONTACTS);
      const sessions = await tx.session.findMany();
      assert.deepEqual(
        sessions.map(({ status, messageCount }) => [status, messageCount]),
        Array(CONTACTS).fill(['active', MESSAGES_EACH]),
      );
      const counted = await tx.channel.findFirstOrThrow({ where: { id: channel.channelId } });
      assert.equal(counted.messagesReceived, BigInt(messages.length));
      for (const [eventType, count] of [
        ['message.created', messages.length],
        ['contact.created', CONTACTS],
        ['session.started', CONTACTS],
      ] as const) {
        assert.equal(await tx.outboxEvent.count({ where: { eventType } }), count, eventType);
      }
    });
  });

  it('a message does not wait for a turn of its conversation that is being opened, so that neither waits for the other', async () => {
    const [server] = servers;
    assert.ok(server);
    const phone = newPhone();
    const write = () => postWebhook(server, { channel, body: wahaEvent(channel, { fixture: 'text', phone }) });
    assert.equal((await write()).status, 200);
    const { tenantId } = channel;
    const { status } = await database().withTenant(tenantId, async (tx) => {
      const { conversationId } = await tx.message.findFirstOrThrow({ where: { tenantId }, orderBy: { id: 'desc' } });
      await lockConversation(tx, tenantId, conversationId);
      return write();
    });
    assert.equal(status, 200);
  });
});
