import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newThread, type Thread } from './fixtures';

describe('sending twice with one Idempotency-Key is one message', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  let thread: Thread;
  before(async () => {
    api = await startTestApi();
    tenant = await newTenant(api.deps.db);
    thread = await newThread(api.deps.db, tenant.tenantId);
  });
  after(() => api.close());

  const send = (json: Record<string, unknown>, idempotencyKey?: string) =>
    api.request('POST', '/api/v1/messages/send', {
      key: tenant.apiKey,
      json: { contact_id: thread.contactId, channel_id: thread.channelId, ...json },
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    });
  const count = () => api.deps.db.withTenant(tenant.tenantId, (tx) => tx.message.count());

  it('queues the message, its channel id and the event that sends it, and answers 202', async () => {
    const { status, body } = await send({ text: 'Bom dia' });
    assert.equal(status, 202);
    assert.deepEqual([body.status, body.session_id], ['queued', thread.sessionId]);
    await api.deps.db.withTenant(tenant.tenantId, async (tx) => {
      const message = await tx.message.findUniqueOrThrow({ where: { id: body.id } });
      assert.match(message.channelMessageId ?? '', /^3EB0[0-9A-F]+$/);
      assert.deepEqual([message.fromMe, message.status, message.source], [true, 'queued', 'manual']);
      const events = await tx.outboxEvent.findMany({ where: { eventType: 'message.send_requested' } });
      assert.ok(events.some(({ eventData }) => JSON.stringify(eventData).includes(body.id)));
    });
  });

  it('replays the stored answer, however the body is written', async () => {
    const first = await send({ text: 'uma vez', metadata: { a: '1', b: '2' } }, 'pedido-1');
    const before = await count();
    const second = await send({ metadata: { b: '2', a: '1' }, text: 'uma vez' }, 'pedido-1');
    assert.deepEqual([second.status, second.body], [202, first.body]);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    assert.equal(await count(), before);
  });

  it('refuses the key with another body', async () => {
    await send({ text: 'primeiro' }, 'pedido-2');
    const { status, body } = await send({ text: 'outro' }, 'pedido-2');
    assert.deepEqual([status, body.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('does not remember what failed', async () => {
    const failed = await send({ text: 'oi', reply_to_id: thread.contactId }, 'pedido-3');
    assert.equal(failed.status, 404);
    assert.equal((await send({ text: 'oi' }, 'pedido-3')).status, 202);
  });

  it('forgets a key after its 24 hours', async () => {
    const first = await send({ text: 'ontem' }, 'pedido-4');
    await api.deps.db.withTenant(tenant.tenantId, (tx) =>
      tx.idempotencyKey.updateMany({ where: { key: 'pedido-4' }, data: { expiresAt: new Date(Date.now() - 1) } }),
    );
    const second = await send({ text: 'hoje' }, 'pedido-4');
    assert.equal(second.status, 202);
    assert.notEqual(second.body.id, first.body.id);
  });

  it('opens conversation and session for a contact who never wrote', async () => {
    const created = await api.request('POST', '/api/v1/contacts', {
      key: tenant.apiKey,
      json: { name: 'Novo', phone: '+5511912345678' },
    });
    const { status, body } = await send({ contact_id: created.body.id, text: 'Olá!' });
    assert.equal(status, 202);
    await api.deps.db.withTenant(tenant.tenantId, async (tx) => {
      const conversation = await tx.conversation.findUniqueOrThrow({ where: { id: body.conversation_id } });
      assert.equal(conversation.externalChatId, '5511912345678@c.us');
      const session = await tx.session.findUniqueOrThrow({ where: { id: body.session_id } });
      assert.deepEqual([session.status, session.timeoutMinutes, session.messagesFromAgent], ['active', 30, 1]);
    });
  });

  it('says what is missing', async () => {
    const noText = await send({ content_type: 'text' });
    assert.deepEqual([noText.status, noText.body.errors[0].field], [422, 'text']);
    const noUrl = await send({ content_type: 'image' });
    assert.deepEqual([noUrl.status, noUrl.body.errors[0].field], [422, 'media_url']);
    const wrongType = await send({ content_type: 'image', media_url: 'https://example.com/a.pdf' });
    assert.deepEqual([wrongType.status, wrongType.body.errors[0].field], [422, 'media_mimetype']);
    const inside = await send({ content_type: 'image', media_url: 'http://169.254.169.254/a.png' });
    assert.deepEqual([inside.status, inside.body.code], [422, 'URL_FORBIDDEN']);
    assert.equal((await send({ text: 'x'.repeat(4097) })).status, 422);
  });
});
