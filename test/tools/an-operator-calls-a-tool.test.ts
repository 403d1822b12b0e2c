import assert from 'node:assert/strict';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('an operator calls a tool', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const call = (tool_name: string, args: object, { dryRun = false, idempotencyKey = '', as = key } = {}) =>
      api.request('POST', '/api/v1/mcp/execute', {
        key: as,
        json: { tool_name, arguments: args, dry_run: dryRun },
        ...(idempotencyKey ? { headers: { 'idempotency-key': idempotencyKey } } : {}),
      });
    const contact = () =>
      api.deps.db.withTenant(tenantId, (tx) => tx.contact.findFirstOrThrow({ where: { id: thread.contactId } }));
    const events = () =>
      api.deps.db.withTenant(tenantId, (tx) =>
        tx.outboxEvent.count({ where: { tenantId, eventType: 'contact.updated' } }),
      );
    return { tenantId, key, call, contact, events, ...thread };
  }

  it('changes what it names, and is kept with who did it', async () => {
    const { key, call, contact, contactId } = await shop();
    const { status, body } = await call('update_contact', { contact_id: contactId, name: 'Maria C.' });
    assert.deepEqual([status, body.result], [200, { updated: true, fields: ['name'] }]);
    assert.equal((await contact()).name, 'Maria C.');
    const { body: audit } = await api.request('GET', '/api/v1/tool-calls?tool=update_contact', { key });
    assert.deepEqual(
      audit.data.map((row: Record<string, unknown>) => [row['id'], row['via'], row['contact_id'], row['status']]),
      [[body.call_id, 'rest', contactId, 'done']],
    );
    assert.ok(audit.data[0].user_id);
  });

  it('says in a dry run what would happen, and changes nothing', async () => {
    const { call, contact, events, contactId } = await shop();
    const { body } = await call('update_contact', { contact_id: contactId, name: 'Outra' }, { dryRun: true });
    assert.deepEqual([body.dry_run, body.result.updated], [true, true]);
    assert.equal((await contact()).name, 'Maria Conceição');
    assert.equal(await events(), 0);
  });

  it('does it once for one Idempotency-Key, twenty times at once', async () => {
    const { call, events, contactId } = await shop();
    const args = { contact_id: contactId, name: 'Uma vez' };
    const answers = await Promise.all(
      Array.from({ length: 18 }, () => call('update_contact', args, { idempotencyKey: 'k1' })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(new Set(answers.map(({ body }) => body.call_id)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
    assert.equal(await events(), 1);
    const other = await call('update_contact', { ...args, name: 'Outra' }, { idempotencyKey: 'k1' });
    assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('refuses in words: no such tool, wrong arguments, a scope the key lacks', async () => {
    const { key, call, contactId } = await shop();
    const unknown = await call('give_refund', {});
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'NOT_FOUND']);
    assert.match(unknown.body.detail, /no tool give_refund/);
    for (const args of [{}, { contact_id: contactId }, { contact_id: contactId, phone: '1' }, { contact_id: 'x' }]) {
      const wrong = await call('update_contact', args);
      assert.deepEqual([wrong.status, wrong.body.code], [422, 'VALIDATION_ERROR'], JSON.stringify(args));
    }
    const made = await api.request('POST', '/api/v1/api-keys', {
      key,
      json: { name: 'Leitura', scopes: ['contacts.view'] },
    });
    const refused = await call('update_contact', { contact_id: contactId, name: 'x' }, { as: made.body.key });
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    const listed = await api.request('GET', '/api/v1/mcp/tools', { key: made.body.key });
    assert.ok(listed.body.data.every(({ scope }: { scope: string }) => scope === 'contacts.view'));
  });

  it('needs the key of a supervisor for what an agent would need a person for', async () => {
    const { tenantId, key, call, contactId } = await shop();
    const made = await api.request('POST', '/api/v1/api-keys', {
      key,
      json: { name: 'Programa', scopes: ['contacts.manage'] },
    });
    const offer = (discount_percent: number, as: string) =>
      call('create_retention_offer', { contact_id: contactId, discount_percent, reason: 'preço' }, { as });
    const refused = await offer(50, made.body.key);
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    assert.equal((await offer(20, made.body.key)).status, 200);
    assert.equal((await offer(50, key)).status, 200);
    const offers = await api.deps.db.withTenant(tenantId, (tx) => tx.retentionOffer.findMany({ where: { tenantId } }));
    assert.deepEqual(offers.map(({ discountPercent }) => discountPercent).sort(), [20, 50]);
  });

  it('is refused above the rate of the tool, by all processes together', async () => {
    const { tenantId, call, contactId } = await shop();
    await api.deps.db.withTenant(tenantId, async (tx) => {
      const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000);
      await tx.toolCallRate.createMany({ data: [{ tenantId, tool: 'update_contact', minute, calls: 20 }] });
      // Should the minute end meanwhile, the one before still counts.
      const next = new Date(minute.getTime() + 60_000);
      await tx.toolCallRate.createMany({ data: [{ tenantId, tool: 'update_contact', minute: next, calls: 20 }] });
    });
    const { status, body, headers } = await call('update_contact', { contact_id: contactId, name: 'x' });
    assert.deepEqual([status, body.code], [429, 'RATE_LIMIT_EXCEEDED']);
    assert.ok(Number(headers.get('retry-after')) > 0);
  });
});
