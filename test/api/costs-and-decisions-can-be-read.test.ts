import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from './fixtures';

describe('costs and decisions can be read', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  let ids: Awaited<ReturnType<typeof newEverything>>;
  before(async () => {
    api = await startTestApi();
    tenant = await newTenant(api.deps.db);
    ids = await newEverything(api.deps.db, tenant.tenantId);
    const cost = (data: {
      status: string;
      reservedMicros: number;
      costMicros?: number;
      provider: string;
      expiresInMs: number;
    }) => {
      const { expiresInMs, ...row } = data;
      return {
        ...row,
        id: newId(),
        tenantId: tenant.tenantId,
        activityKey: newId(),
        model: 'model-b',
        operation: 'vision',
        expiresAt: new Date(Date.now() + expiresInMs),
      };
    };
    await api.deps.db.withTenant(tenant.tenantId, (tx) =>
      tx.aiCost.createMany({
        data: [
          cost({ provider: 'vertex', status: 'settled', reservedMicros: 50, costMicros: 40, expiresInMs: 1000 }),
          cost({ provider: 'vertex', status: 'reserved', reservedMicros: 30, expiresInMs: 600_000 }),
          cost({ provider: 'vertex', status: 'reserved', reservedMicros: 1_000, expiresInMs: -1 }),
          cost({ provider: 'vertex', status: 'released', reservedMicros: 5_000, expiresInMs: 600_000 }),
        ],
      }),
    );
  });
  after(() => api.close());

  const get = (path: string) => api.request('GET', path, { key: tenant.apiKey });

  it('what was spent apart from what is reserved; released and expired reservations count for nothing', async () => {
    const { body } = await get('/api/v1/costs/summary?group_by=provider');
    assert.deepEqual(body.data, [
      { key: 'openai', calls: 1, settled_micros: 700, uncertain_micros: 0, reserved_micros: 0 },
      { key: 'vertex', calls: 3, settled_micros: 40, uncertain_micros: 0, reserved_micros: 30 },
    ]);
    assert.deepEqual(body.total, { calls: 4, settled_micros: 740, uncertain_micros: 0, reserved_micros: 30 });
  });

  it('by conversation, contact, model and day, in pages and within a period', async () => {
    const keys = async (query: string) =>
      (await get(`/api/v1/costs/summary?${query}`)).body.data.map((row: Json) => row.key);
    assert.deepEqual(await keys('group_by=conversation'), [ids.conversationId, null]);
    assert.deepEqual(await keys('group_by=contact'), [ids.contactId, null]);
    assert.deepEqual(await keys('group_by=model'), ['model-a', 'model-b']);
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Sao_Paulo' }).format(new Date());
    assert.deepEqual(await keys('group_by=day'), [day]);
    assert.deepEqual(await keys('to=2020-01-01T00:00:00Z'), []);

    const first = (await get('/api/v1/costs/summary?limit=1')).body;
    const second = (await get(`/api/v1/costs/summary?limit=1&cursor=${first.next_cursor}`)).body;
    assert.deepEqual([first.data[0].key, second.data[0].key, second.next_cursor], ['openai', 'vertex', null]);
  });

  it('days in their order, the last one first, whatever they cost', async () => {
    const other = await newTenant(api.deps.db);
    const { tenantId } = other;
    const at = (day: number) => new Date(Date.UTC(2026, 9, day, 15));
    const expiresAt = new Date();
    const of = { tenantId, provider: 'vertex', model: 'm', operation: 'vision', status: 'settled', priceAsOf: at(1) };
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.aiCost.createMany({
        data: [5, 900, 20].map((costMicros, day) => {
          const id = newId();
          return { ...of, id, activityKey: id, costMicros, reservedMicros: 900, createdAt: at(day + 1), expiresAt };
        }),
      }),
    );
    const page = async (query: string) =>
      (await api.request('GET', `/api/v1/costs/summary?group_by=day&limit=2${query}`, { key: other.apiKey })).body;
    const first = await page('');
    const second = await page(`&cursor=${first.next_cursor}`);
    const days = [...first.data, ...second.data].map(({ key }: Json) => key);
    assert.deepEqual(days, ['2026-10-03', '2026-10-02', '2026-10-01']);
    assert.equal(second.next_cursor, null);
  });

  it('a decision record comes with its steps, approvals and costs', async () => {
    const { status, body } = await get(`/api/v1/decision-records/${ids['recordId']}`);
    assert.equal(status, 200);
    assert.deepEqual([body.agent, body.steps.length, body.costs.length, body.cost_micros], ['general', 1, 1, 700]);
    assert.deepEqual(
      body.approvals.map(({ id, status, rule }: Json) => [id, status, rule]),
      [[ids.approvalId, 'pending', 'tool_ask']],
    );
    const list = await get(`/api/v1/decision-records?conversation_id=${ids.conversationId}&outcome=replied`);
    assert.deepEqual(list.body.data, []);
  });

  it('a dead letter shows its body only when it is opened', async () => {
    const list = await get('/api/v1/dead-letters');
    assert.equal(list.body.data[0].body, undefined);
    assert.equal((await get(`/api/v1/dead-letters/${ids['deadLetterId']}`)).body.body, '{');
  });
});
