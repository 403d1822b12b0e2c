import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../core/database';
import { isSignedBy } from '../../core/ingest';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import {
  postWebhook,
  sign,
  startWebhookServer,
  TEST_WEBHOOK_MAX_BYTES,
  wahaEvent,
  type WebhookServer,
} from '../support/webhook';

describe('only signed webhooks are stored', () => {
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

  async function rowsStored(): Promise<number> {
    return db.withTenant(
      channel.tenantId,
      async (tx) =>
        (await tx.message.count()) +
        (await tx.contact.count()) +
        (await tx.deadLetter.count()) +
        (await tx.outboxEvent.count({ where: { aggregateType: { not: 'project' } } })),
    );
  }

  it('the signature is WAHA’s: its published vector verifies, in either case', () => {
    const body = Buffer.from('{"event":"message","session":"default","engine":"WEBJS"}');
    const signature =
      '208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89';
    assert.equal(isSignedBy('my-secret-key', { body, signature }), true);
    assert.equal(isSignedBy('my-secret-key', { body, signature: signature.toUpperCase() }), true);
    assert.equal(isSignedBy('another-key', { body, signature }), false);
    assert.equal(isSignedBy('my-secret-key', { body: Buffer.concat([body, Buffer.from(' ')]), signature }), false);
  });

  const message = () => JSON.stringify(wahaEvent(channel, { fixture: 'text' }));
  const REFUSED: { what: string; headers: (body: string) => Record<string, string> }[] = [
    { what: 'missing', headers: () => ({}) },
    { what: 'empty', headers: () => ({ 'x-webhook-hmac': '' }) },
    { what: 'not hexadecimal', headers: () => ({ 'x-webhook-hmac': 'zz'.repeat(64) }) },
    { what: 'cut short', headers: (body) => ({ 'x-webhook-hmac': sign(channel.webhookSecret, body).slice(0, 64) }) },
    { what: 'of another key', headers: (body) => ({ 'x-webhook-hmac': sign('another key', body) }) },
    { what: 'of another body', headers: (body) => ({ 'x-webhook-hmac': sign(channel.webhookSecret, `${body} `) }) },
    {
      what: 'right, but on a request of six minutes ago',
      headers: (body) => ({
        'x-webhook-hmac': sign(channel.webhookSecret, body),
        'x-webhook-timestamp': String(Date.now() - 6 * 60_000),
      }),
    },
  ];
  for (const { what, headers } of REFUSED) {
    it(`401 and no row for a signature that is ${what}`, async () => {
      const body = message();
      const answer = await postWebhook(server, { channel, body, headers: headers(body) });
      assert.equal(answer.status, 401);
      assert.equal(answer.body['code'], 'SIGNATURE_INVALID');
      assert.equal(await rowsStored(), 0);
    });
  }

  it('401 and no row for a body that is not JSON and not signed either', async () => {
    const answer = await postWebhook(server, { channel, body: '{', headers: {} });
    assert.equal(answer.status, 401);
    assert.equal(await rowsStored(), 0);
  });

  it('404 for a webhook nobody has, a malformed id, and a channel that was deleted', async () => {
    const body = message();
    for (const webhookId of [randomUUID(), 'not-a-uuid', "' or 1=1 --"]) {
      const answer = await postWebhook(server, {
        channel: { ...channel, webhookId: encodeURIComponent(webhookId) },
        body,
      });
      assert.equal(answer.status, 404);
      assert.equal(answer.body['code'], 'NOT_FOUND');
    }
    await db.withTenant(channel.tenantId, (tx) =>
      tx.channel.updateMany({ where: { id: channel.channelId }, data: { deletedAt: new Date() } }),
    );
    assert.equal((await postWebhook(server, { channel, body })).status, 404);
    assert.equal(await rowsStored(), 0);
  });

  it('400 for a channel of another type', async () => {
    const telegram = await newChannel(db, channel.tenantId, { type: 'telegram' });
    const answer = await postWebhook(server, { channel: telegram, body: message() });
    assert.equal(answer.status, 400);
    assert.equal(answer.body['code'], 'BAD_REQUEST');
  });

  it('413 for a body over the limit, although it is signed', async () => {
    const body = JSON.stringify(
      wahaEvent(channel, { fixture: 'text', payload: { body: 'x'.repeat(TEST_WEBHOOK_MAX_BYTES) } }),
    );
    const answer = await postWebhook(server, { channel, body });
    assert.equal(answer.status, 413);
    assert.equal(answer.body['code'], 'PAYLOAD_TOO_LARGE');
    assert.equal(await rowsStored(), 0);
  });

  it('a signed webhook of one tenant cannot be posted to the webhook of another', async () => {
    const foreign = await newChannel(db, (await newTenant(db)).tenantId);
    const body = message();
    const headers = { 'x-webhook-hmac': sign(foreign.webhookSecret, body) };
    assert.equal((await postWebhook(server, { channel, body, headers })).status, 401);
    assert.equal(await rowsStored(), 0);
  });
});
