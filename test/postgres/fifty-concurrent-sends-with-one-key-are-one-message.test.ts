import assert from 'node:assert/strict';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('fifty concurrent sends with one Idempotency-Key are one message', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ DATABASE_MAX_CONNECTIONS: '20' });
  });
  after(() => api.close());

  it('each is answered with that message or told that it is in flight', async () => {
    const { tenantId, apiKey } = await newTenant(api.deps.db);
    const { contactId, channelId } = await newThread(api.deps.db, tenantId);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        api.request('POST', '/api/v1/messages/send', {
          key: apiKey,
          json: { contact_id: contactId, channel_id: channelId, text: 'uma só' },
          headers: { 'idempotency-key': 'concorrente' },
        }),
      ),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    const inFlight = answers.filter(({ body }) => body.code === 'IDEMPOTENCY_IN_FLIGHT');
    assert.equal(accepted.length + inFlight.length, 50);
    assert.ok(accepted.length >= 1);
    assert.equal(new Set(accepted.map(({ body }) => body.id)).size, 1);
    const [messages, events] = await api.deps.db.withTenant(tenantId, async (tx) => [
      await tx.message.count(),
      await tx.outboxEvent.count({ where: { eventType: 'message.send_requested' } }),
    ]);
    assert.deepEqual([messages, events], [1, 1]);
  });
});
