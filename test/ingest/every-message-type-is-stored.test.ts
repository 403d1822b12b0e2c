import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newWhatsAppId, postWebhook, startWebhookServer, wahaEvent, type WebhookServer } from '../support/webhook';

describe('every message type is stored', () => {
  let db: Database;
  let server: WebhookServer;
  let channel: TestChannel;

  before(async () => {
    db = testDatabase();
    server = await startWebhookServer(db);
    channel = await newChannel(db, (await newTenant(db)).tenantId);
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  async function receive(fixture: string, to: TestChannel = channel) {
    const externalId = newWhatsAppId();
    const body = wahaEvent(to, { fixture, messageId: externalId });
    const answer = await postWebhook(server, { channel: to, body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const id = String(answer.body['messageId']);
    return db.withTenant(to.tenantId, async (tx) => ({
      externalId,
      message: await tx.message.findFirstOrThrow({ where: { id } }),
      enrichment: await tx.messageEnrichment.findFirst({ where: { messageId: id } }),
      events: await tx.outboxEvent.findMany({ where: { aggregateId: id } }),
    }));
  }

  const MEDIA = [
    { fixture: 'image', type: 'image', text: 'Este aqui é o produto', mimeType: 'image/jpeg', priority: 7 },
    { fixture: 'video', type: 'video', text: 'Olha o defeito', mimeType: 'video/mp4', priority: 3 },
    { fixture: 'audio', type: 'audio', text: null, mimeType: 'audio/mpeg', priority: 8 },
    { fixture: 'voice', type: 'voice', text: null, mimeType: 'audio/ogg; codecs=opus', priority: 10 },
    { fixture: 'document', type: 'document', text: 'Segue o contrato', mimeType: 'application/pdf', priority: 6 },
    { fixture: 'sticker', type: 'sticker', text: null, mimeType: 'image/webp', priority: 5 },
    { fixture: 'history-sticker', type: 'sticker', text: null, mimeType: 'image/webp', priority: 5 },
    { fixture: 'history-voice', type: 'voice', text: null, mimeType: 'audio/ogg; codecs=opus', priority: 10 },
    { fixture: 'history-document', type: 'document', text: null, mimeType: 'application/pdf', priority: 6 },
  ];
  for (const { fixture, type, text, mimeType, priority } of MEDIA) {
    it(`${fixture}: with its caption, the address of the file and a pending enrichment`, async () => {
      const { message, enrichment, externalId } = await receive(fixture);
      assert.equal(message.contentType, type);
      assert.equal(message.text, text);
      assert.equal(message.mediaMimetype, mimeType);
      assert.equal(message.mediaUrl, `http://127.0.0.1:3000/api/files/loja/${externalId}`);
      assert.equal(enrichment?.status, 'pending');
      assert.equal(enrichment?.contentType, type);
      assert.equal(enrichment?.priority, priority);
      assert.equal(enrichment?.mediaUrl, message.mediaUrl);
    });
  }

  it('a document keeps its file name', async () => {
    const { message, enrichment } = await receive('document');
    assert.equal(message.mediaFilename, 'contrato.pdf');
    assert.equal(enrichment?.fileName, 'contrato.pdf');
  });

  it('text: with the time of the sender, as delivered, without an enrichment', async () => {
    const { message, enrichment, externalId } = await receive('text');
    assert.equal(message.contentType, 'text');
    assert.equal(message.text, 'Olá, quanto custa o plano anual?');
    assert.equal(message.sentAt.getTime(), 1_790_000_000_000);
    assert.equal(message.status, 'delivered');
    assert.equal(message.channelMessageId, externalId);
    assert.equal(enrichment, null);
  });

  it('location: readable, and exact in the metadata', async () => {
    const { message } = await receive('location');
    assert.equal(message.contentType, 'location');
    assert.equal(message.text, '📍 Localização: Loja Paulista, Av. Paulista, 1000 (-23.561414, -46.655881)');
    assert.deepEqual(Object(message.metadata)['location'], {
      latitude: -23.561414,
      longitude: -46.655881,
      name: 'Loja Paulista',
      address: 'Av. Paulista, 1000',
    });
  });

  it('contact: readable, with the whole card in the metadata', async () => {
    const { message } = await receive('contact');
    assert.equal(message.contentType, 'contact');
    assert.equal(message.text, '👤 Contato: Carlos Exemplo · +55 11 95555-4444');
    assert.match(Object(message.metadata)['contacts'][0].vcard, /^BEGIN:VCARD/);
  });

  it('reply: linked to the message it answers, with its mentions', async () => {
    const quoted = await postWebhook(server, {
      channel,
      body: wahaEvent(channel, { fixture: 'text', messageId: '3EB0QUOTED' }),
    });
    const { message } = await receive('reply');
    assert.equal(message.replyToChannelMessageId, '3EB0QUOTED');
    assert.equal(message.replyToId, quoted.body['messageId']);
    assert.deepEqual(message.mentions, ['5511955554444@c.us']);
  });

  it('a message from an advertisement: its origin in the metadata and as an event', async () => {
    const { message, events } = await receive('ad');
    const tracking = Object(message.metadata)['tracking'];
    assert.equal(tracking.ctwa_clid, 'ARexampleclickid');
    assert.equal(tracking.conversion_source, 'FB_Ads');
    assert.equal(tracking.ad_source_id, '120210000000000001');
    assert.deepEqual(
      events.map(({ eventType }) => eventType),
      ['tracking.message.meta_ads'],
    );
  });

  it('a type nobody knows: kept as system, saying what it was', async () => {
    const { message } = await receive('poll');
    assert.equal(message.contentType, 'system');
    assert.equal(message.text, '[mensagem de um tipo não suportado: pollCreationMessageV3]');
  });

  it('media on a channel without AI: stored, never read', async () => {
    const quiet = await newChannel(db, channel.tenantId, { aiEnabled: false });
    const { message, enrichment } = await receive('voice', quiet);
    assert.equal(message.contentType, 'voice');
    assert.ok(message.mediaUrl);
    assert.equal(enrichment, null);
  });

  it('a text with NUL and half a surrogate pair, which the database cannot hold', async () => {
    const answer = await postWebhook(server, {
      channel,
      body: wahaEvent(channel, { fixture: 'text', payload: { body: 'a\u0000b\ud800c 👍' } }),
    });
    assert.equal(answer.status, 200);
    const message = await db.withTenant(channel.tenantId, (tx) =>
      tx.message.findFirstOrThrow({ where: { id: String(answer.body['messageId']) } }),
    );
    assert.equal(message.text, 'a\ufffdb\ufffdc 👍');
  });
});
