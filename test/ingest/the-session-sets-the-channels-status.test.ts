import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { postWebhook, startWebhookServer, wahaEvent, type WebhookServer } from '../support/webhook';

describe('the WAHA session sets the channel’s status', () => {
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

  const report = (status: string) =>
    postWebhook(server, { channel, body: wahaEvent(channel, { fixture: 'session-status', payload: { status } }) });
  const stored = () =>
    db.withTenant(channel.tenantId, async (tx) => ({
      channel: await tx.channel.findFirstOrThrow({ where: { id: channel.channelId } }),
      events: (
        await tx.outboxEvent.findMany({ where: { aggregateId: channel.channelId }, orderBy: { sequence: 'asc' } })
      ).map(({ eventType }) => eventType),
    }));

  it('follows every state, with an event when it changes', async () => {
    const steps: [string, string, boolean][] = [
      ['STARTING', 'connecting', false],
      ['SCAN_QR_CODE', 'disconnected', true],
      ['WORKING', 'active', false],
      ['WORKING', 'active', false],
      ['FAILED', 'error', true],
      ['STOPPED', 'inactive', false],
      ['UNAUTHORIZED', 'disconnected', true],
    ];
    for (const [reported, status, hasError] of steps) {
      assert.equal((await report(reported)).status, 200);
      const { channel: now } = await stored();
      assert.equal(now.status, status);
      assert.equal(now.lastError !== null, hasError, reported);
    }
    assert.deepEqual((await stored()).events, [
      'channel.deactivated',
      'channel.activated',
      'channel.activation.failed',
      'channel.deactivated',
      'channel.deactivated',
    ]);
  });

  it('a state nobody knows changes nothing', async () => {
    const before = (await stored()).channel.status;
    assert.deepEqual((await report('DANCING')).body, { status: 'ignored', reason: 'unknown_session_status' });
    assert.equal((await stored()).channel.status, before);
  });
});
