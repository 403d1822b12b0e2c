import assert from 'node:assert/strict';
import type { ConversationMessage } from '../../core/conversation/types';
import type { Database } from '../../core/database';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { newChannel, type ChannelSettings, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import {
  newPhone,
  newWhatsAppId,
  postWebhook,
  startWebhookServer,
  wahaEvent,
  type WahaEventOptions,
  type WebhookServer,
} from '../support/webhook';

describe('who a message belongs to', () => {
  let db: Database;
  let server: WebhookServer;
  let channel: TestChannel;

  before(async () => {
    db = testDatabase();
    server = await startWebhookServer(db);
  });
  beforeEach(() => useChannel({}));
  after(async () => {
    await server.close();
    await db.close();
  });

  async function useChannel(settings: ChannelSettings) {
    channel = await newChannel(db, (await newTenant(db)).tenantId, settings);
  }

  const receive = async (options: WahaEventOptions) =>
    (await postWebhook(server, { channel, body: wahaEvent(channel, options) })).body;

  const stored = () =>
    db.withTenant(channel.tenantId, async (tx) => ({
      contacts: await tx.contact.findMany(),
      identities: await tx.contactIdentity.findMany({ orderBy: { kind: 'asc' } }),
      conversations: await tx.conversation.findMany(),
      sessions: await tx.session.findMany({ orderBy: { startedAt: 'asc' } }),
      chats: await tx.chat.findMany(),
      messages: await tx.message.findMany({ orderBy: { createdAt: 'asc' } }),
      enrichments: await tx.messageEnrichment.findMany(),
      created: await tx.outboxEvent.findMany({ where: { eventType: 'message.created' }, orderBy: { sequence: 'asc' } }),
    }));

  it('a new person: contact with name, phone, tag and identities, conversation, session, and the event of the workflow', async () => {
    const phone = newPhone();
    const answer = await receive({ fixture: 'text', phone, lid: '4455667788' });
    const all = await stored();
    const [contact, conversation, session, message] = [
      all.contacts[0],
      all.conversations[0],
      all.sessions[0],
      all.messages[0],
    ];
    assert.equal(contact?.name, 'Marina');
    assert.equal(contact?.phone, `+${phone}`);
    assert.equal(contact?.sourceChannel, 'waha');
    assert.deepEqual(contact?.tags, ['whatsapp']);
    assert.deepEqual(
      all.identities.map(({ kind, value }) => `${kind}:${value}`),
      [`waha_jid:${phone}`, 'waha_lid:4455667788', `waha_wid:${phone}`],
    );
    assert.equal(conversation?.externalChatId, `${phone}@c.us`);
    assert.equal(conversation?.handler, 'ai');
    assert.equal(session?.timeoutMinutes, 30);
    assert.equal(message?.source, 'webhook');
    assert.equal(message?.agentId, SYSTEM_AGENT_IDS.webhook);
    assert.equal(all.created[0]?.aggregateType, 'conversation');
    assert.equal(all.created[0]?.aggregateId, conversation?.id);
    const expected: ConversationMessage = {
      messageId: String(answer['messageId']),
      sessionId: session?.id ?? '',
      conversationId: conversation?.id ?? '',
      fromMe: false,
      isGroup: false,
      enrichmentId: null,
      agentsEnabled: true,
      debounceMs: 15_000,
      sessionTimeoutMs: 30 * 60_000,
      mediaWaitMs: 30_000,
    };
    assert.deepEqual(all.created[0]?.eventData, {
      conversation: { tenantId: channel.tenantId, channelId: channel.channelId, contactId: contact?.id },
      message: expected,
    });
  });

  it('the event names the enrichment of a medium', async () => {
    await receive({ fixture: 'voice' });
    const { created, enrichments } = await stored();
    assert.equal(Object(created[0]?.eventData)['message'].enrichmentId, enrichments[0]?.id);
  });

  it('a hidden number: the phone comes from SenderAlt, ours never reaches the contact', async () => {
    const phone = newPhone();
    await receive({ fixture: 'hidden-number', phone, lid: '8877665544' });
    await receive({ fixture: 'text', phone, lid: '8877665544' });
    const all = await stored();
    assert.equal(all.contacts.length, 1);
    assert.equal(all.contacts[0]?.phone, `+${phone}`);
    assert.equal(all.conversations[0]?.externalChatId, `${phone}@c.us`);
    assert.ok(all.identities.every(({ value }) => value === phone || value === '8877665544'));
  });

  it('a contact made by hand with the same phone is found, and keeps its name', async () => {
    const phone = '5531987650123';
    const id = newId();
    await db.withTenant(channel.tenantId, (tx) =>
      tx.contact.create({ data: { id, tenantId: channel.tenantId, name: 'Dona Marina', phone: `+${phone}` } }),
    );
    await receive({ fixture: 'text', phone: '553187650123' });
    const all = await stored();
    assert.deepEqual(
      all.contacts.map((contact) => [contact.id, contact.name]),
      [[id, 'Dona Marina']],
    );
    assert.equal(all.conversations[0]?.externalChatId, '553187650123@c.us');
  });

  it('the same phone in another tenant is another contact', async () => {
    const phone = newPhone();
    await receive({ fixture: 'text', phone });
    const first = await stored();
    await useChannel({});
    await receive({ fixture: 'text', phone });
    const second = await stored();
    assert.equal(second.contacts.length, 1);
    assert.notEqual(second.contacts[0]?.id, first.contacts[0]?.id);
  });

  it('sent from another device: belongs to the person it went to, counts as the agent’s, and is not answered', async () => {
    const phone = newPhone();
    await receive({ fixture: 'from-me', phone });
    let all = await stored();
    assert.equal(all.contacts[0]?.phone, `+${phone}`);
    assert.equal(all.contacts[0]?.name, `+${phone}`);
    assert.equal(all.messages[0]?.fromMe, true);
    assert.equal(all.messages[0]?.source, 'manual');
    assert.equal(all.messages[0]?.status, 'sent');
    assert.equal(all.messages[0]?.agentId, SYSTEM_AGENT_IDS.default);
    assert.equal(all.sessions[0]?.messagesFromAgent, 1);
    assert.equal(all.sessions[0]?.messagesFromContact, 0);
    assert.equal(Object(all.created[0]?.eventData)['message'].fromMe, true);
    assert.ok(
      all.identities.every(({ value }) => value === phone),
      'neither our number nor our hidden id',
    );
    await receive({ fixture: 'text', phone });
    all = await stored();
    assert.equal(all.contacts.length, 1);
    assert.equal(all.contacts[0]?.name, 'Marina', 'its own name replaces the number');
  });

  it('our own message with a known id is skipped', async () => {
    const messageId = newWhatsAppId();
    const phone = newPhone();
    assert.equal((await receive({ fixture: 'from-me', phone, messageId }))['status'], 'stored');
    assert.deepEqual(await receive({ fixture: 'from-me', phone, messageId }), { status: 'duplicate' });
  });

  it('groups are dropped unless the channel allows them', async () => {
    assert.deepEqual(await receive({ fixture: 'group' }), { status: 'ignored', reason: 'groups_not_allowed' });
    const all = await stored();
    assert.equal(all.messages.length + all.contacts.length + all.chats.length, 0);
  });

  it('a group message belongs to who wrote it, in a session of the group, without an agent', async () => {
    await useChannel({ allowGroups: true });
    const phone = newPhone();
    await receive({ fixture: 'group', phone });
    await receive({ fixture: 'text', phone });
    await receive({ fixture: 'group', phone });
    const all = await stored();
    assert.equal(all.contacts.length, 1);
    assert.equal(all.contacts[0]?.phone, `+${phone}`);
    assert.deepEqual(
      all.chats.map(({ type, externalId }) => [type, externalId]),
      [['group', '120363000000000001@g.us']],
    );
    assert.equal(all.conversations.length, 1);
    assert.equal(all.conversations[0]?.externalChatId, `${phone}@c.us`);
    assert.deepEqual(
      all.sessions
        .map(({ chatId, messageCount }) => [chatId, messageCount])
        .sort((a, b) => Number(b[1]) - Number(a[1])),
      [
        [all.chats[0]?.id, 2],
        [null, 1],
      ],
    );
    const event = Object(all.created[0]?.eventData)['message'];
    assert.equal(event.isGroup, true);
    assert.equal(event.agentsEnabled, false);
  });

  it('status updates and our own group posts are nobody’s', async () => {
    await useChannel({ allowGroups: true });
    assert.deepEqual(await receive({ fixture: 'status-broadcast' }), { status: 'ignored', reason: 'broadcast' });
    const own = await receive({ fixture: 'from-me', payload: { to: '120363000000000001@g.us' } });
    assert.deepEqual(own, { status: 'ignored', reason: 'own_group_message' });
    assert.equal((await stored()).messages.length, 0);
  });

  it('a session lives on with each message and ends by the time of the messages', async () => {
    await useChannel({ sessionTimeoutMinutes: 10 });
    const phone = newPhone();
    const start = Math.floor(Date.now() / 1000) - 7200;
    for (const minutes of [0, 9, 18, 30]) {
      await receive({ fixture: 'text', phone, payload: { timestamp: start + minutes * 60 } });
    }
    // late, from before the new session: it belongs to the one that is open
    await receive({ fixture: 'text', phone, payload: { timestamp: start + 60 } });
    const { sessions } = await stored();
    assert.deepEqual(
      sessions.map(({ status, messageCount }) => [status, messageCount]),
      [
        ['ended', 3],
        ['active', 2],
      ],
    );
    assert.equal(sessions[0]?.endedAt?.getTime(), (start + 28 * 60) * 1000);
    assert.equal(sessions[1]?.lastActivityAt.getTime(), (start + 30 * 60) * 1000);
  });

  it('the pipeline’s timeout comes before the channel’s', async () => {
    const { tenantId } = channel;
    const pipelineId = newId();
    await db.withTenant(tenantId, (tx) =>
      tx.pipeline.create({ data: { id: pipelineId, tenantId, name: 'Rápido', sessionTimeoutMinutes: 5 } }),
    );
    channel = await newChannel(db, tenantId, { pipelineId, sessionTimeoutMinutes: 10 });
    await receive({ fixture: 'text' });
    const { sessions } = await stored();
    assert.equal(sessions[0]?.timeoutMinutes, 5);
    assert.equal(sessions[0]?.pipelineId, pipelineId);
  });
});
