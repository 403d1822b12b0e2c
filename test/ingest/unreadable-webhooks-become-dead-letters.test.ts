import assert from 'node:assert/strict';
import type { Database } from '../../core/database';
import { newChannel, type TestChannel } from '../support/channel';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { postWebhook, startWebhookServer, wahaEvent, type WebhookServer } from '../support/webhook';

describe('unreadable webhooks become dead letters', () => {
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

  const deadLetters = () => db.withTenant(channel.tenantId, (tx) => tx.deadLetter.findMany());

  it('400 for what is not JSON; the body is kept with the reason, once however often it comes', async () => {
    const body = '{"event":"message","session":\u0000';
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await postWebhook(server, { channel, body });
      assert.equal(answer.status, 400);
      assert.equal(answer.body['code'], 'BAD_REQUEST');
    }
    const letters = await deadLetters();
    assert.equal(letters.length, 1);
    assert.equal(letters[0]?.errorCode, 'BAD_REQUEST');
    assert.equal(letters[0]?.reason, 'the body is not JSON');
    assert.equal(letters[0]?.body, body.replace('\u0000', '\ufffd'));
    assert.equal(letters[0]?.channelId, channel.channelId);
  });

  it('400 for an empty body', async () => {
    assert.equal((await postWebhook(server, { channel, body: '' })).status, 400);
  });

  const UNREADABLE: { what: string; body: () => unknown; reason: RegExp }[] = [
    { what: 'JSON that is no object', body: () => [1, 2, 3], reason: /envelope/ },
    { what: 'no event name', body: () => ({ session: 'loja', payload: {} }), reason: /event/ },
    { what: 'a message without an id', body: () => withPayload({ id: undefined }), reason: /id/ },
    { what: 'a message from nobody', body: () => withPayload({ from: 42 }), reason: /from/ },
    { what: 'a message without a payload', body: () => ({ ...event(), payload: undefined }), reason: /message/ },
    { what: 'an unknown acknowledgement', body: () => withPayload({ ack: 9 }, 'ack'), reason: /ack/ },
    { what: 'another WAHA session', body: () => ({ ...event(), session: 'outra' }), reason: /session/ },
  ];
  const event = () => wahaEvent(channel, { fixture: 'text' });
  const withPayload = (payload: Record<string, unknown>, fixture = 'text') => wahaEvent(channel, { fixture, payload });

  for (const { what, body, reason } of UNREADABLE) {
    it(`200 for ${what}: sending it again would change nothing, so it is kept`, async () => {
      const answer = await postWebhook(server, { channel, body: body() });
      assert.equal(answer.status, 200);
      assert.equal(answer.body['status'], 'dead_lettered');
      const letters = await deadLetters();
      assert.equal(letters.length, 1);
      assert.match(letters[0]?.reason ?? '', reason);
      assert.equal(await db.withTenant(channel.tenantId, (tx) => tx.message.count()), 0);
    });
  }

  it('a field that only describes a message may be anything without losing the message', async () => {
    const body = withPayload({ _data: 'x', replyTo: 7, mentionedJid: 'y', media: [], location: 3, timestamp: 'soon' });
    assert.equal((await postWebhook(server, { channel, body })).body['status'], 'stored');
  });

  for (const name of [
    'label.upsert',
    'call.received',
    'group.v2.join',
    'message.reaction',
    'message.edited',
    'new.one',
  ]) {
    it(`${name} is ignored without a trace`, async () => {
      const answer = await postWebhook(server, { channel, body: { ...event(), event: name } });
      assert.deepEqual(answer.body, { status: 'ignored', reason: 'event_not_used' });
      assert.equal((await deadLetters()).length, 0);
    });
  }
});
