import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { changeMediaSettings, type MediaSettingsChange } from '../../core/enrichment/media-settings-repository';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newPhone, postWebhook, startWebhookServer, wahaEvent, type WebhookServer } from '../support/webhook';

describe('media settings hold from the first message', () => {
  let db: Database;
  let server: WebhookServer;
  let channel: TestChannel;
  before(async () => {
    db = testDatabase();
    server = await startWebhookServer(db);
  });
  beforeEach(async () => {
    channel = await newChannel(db, (await newTenant(db)).tenantId, { debounceTimeoutMs: 15_000 });
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  const set = (channelId: string | null, change: MediaSettingsChange) =>
    db.withTenant(channel.tenantId, (tx) => changeMediaSettings(tx, channel.tenantId, { channelId, change }));
  const receive = async (fixture: 'voice' | 'video' | 'text') => {
    const answer = await postWebhook(server, { channel, body: wahaEvent(channel, { fixture, phone: newPhone() }) });
    const { messageId } = answer.body as { messageId: string };
    return db.withTenant(channel.tenantId, async (tx) => {
      const enrichment = await tx.messageEnrichment.findFirst({ where: { messageId } });
      const events = await tx.outboxEvent.findMany({ where: { eventType: 'message.created' } });
      const data = events.map(({ eventData }) => eventData as { message: Record<string, unknown> });
      return { enrichment, event: data.find(({ message }) => message['messageId'] === messageId)?.message };
    });
  };

  it('without any, the channel’s debounce time and the priority of the kind', async () => {
    const { enrichment, event } = await receive('voice');
    assert.equal(enrichment?.priority, 10);
    assert.equal(event?.['debounceMs'], 15_000);
  });

  it('priority and debounce time of the kind, the channel’s over the project’s', async () => {
    await set(null, { voice: { priority: 6, debounceMs: 700 }, video: { debounceMs: 5_000 } });
    await set(channel.channelId, { voice: { debounceMs: 100 } });
    const voice = await receive('voice');
    assert.deepEqual([voice.enrichment?.priority, voice.event?.['debounceMs']], [6, 100]);
    assert.equal((await receive('video')).event?.['debounceMs'], 5_000);
    assert.equal((await receive('text')).event?.['debounceMs'], 15_000);
  });

  it('a kind that is switched off is stored and nobody waits for its text', async () => {
    await set(null, { video: { enabled: false } });
    const { enrichment, event } = await receive('video');
    assert.equal(enrichment, null);
    assert.equal(event?.['enrichmentId'], null);
    await set(channel.channelId, { video: { enabled: true } });
    assert.ok((await receive('video')).enrichment);
  });
});
