import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from './fixtures';

describe('budgets are set and costs exported', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  let ids: Awaited<ReturnType<typeof newEverything>>;
  before(async () => {
    api = await startTestApi();
  });
  beforeEach(async () => {
    tenant = await newTenant(api.deps.db);
    ids = await newEverything(api.deps.db, tenant.tenantId);
  });
  after(() => api.close());

  const call = (method: string, path: string, json?: Json) =>
    api.request(method, path, { key: tenant.apiKey, ...(json === undefined ? {} : { json }) });

  it('shows what is spent now, with the state that follows from it', async () => {
    const { status, body } = await call('POST', '/api/v1/budgets', {
      scope: 'tenant',
      period: 'month',
      cap_micros: 1_000,
    });
    assert.equal(status, 201);
    assert.deepEqual(
      [body.state, body.spent_micros, body.spent_percent, body.remaining_micros, body.subject_id],
      ['normal', 700, 70, 300, null],
    );
    assert.deepEqual([body.cheaper_percent, body.defer_percent, body.human_percent], [80, 90, 100]);
    const changed = await call('PATCH', `/api/v1/budgets/${body.id}`, { cap_micros: 800, version: 1 });
    assert.deepEqual([changed.body.state, changed.body.spent_percent], ['cheaper_model', 87.5]);
    const stale = await call('PATCH', `/api/v1/budgets/${body.id}`, { cap_micros: 900, version: 1 });
    assert.deepEqual([stale.status, stale.body.code], [409, 'OPTIMISTIC_LOCK_CONFLICT']);
    assert.equal((await call('DELETE', `/api/v1/budgets/${body.id}`)).status, 204);
    assert.equal((await call('GET', `/api/v1/budgets/${body.id}`)).status, 404);
  });

  it('takes a cap below what is spent, and says human', async () => {
    const { status, body } = await call('POST', '/api/v1/budgets', {
      scope: 'conversation',
      subject_id: ids.conversationId,
      period: 'day',
      cap_micros: 350,
    });
    assert.equal(status, 201);
    assert.deepEqual([body.state, body.spent_percent, body.remaining_micros], ['human', 200, 0]);
  });

  const BAD: [name: string, body: Json, status: number, code: string][] = [
    ['a negative cap', { scope: 'tenant', period: 'day', cap_micros: -1 }, 422, 'VALIDATION_ERROR'],
    ['half a micro-dollar', { scope: 'tenant', period: 'day', cap_micros: 0.5 }, 422, 'VALIDATION_ERROR'],
    ['an unknown period', { scope: 'tenant', period: 'year', cap_micros: 1 }, 422, 'VALIDATION_ERROR'],
    ['no subject', { scope: 'agent', period: 'day', cap_micros: 1 }, 422, 'VALIDATION_ERROR'],
    [
      'a subject of the tenant',
      { scope: 'tenant', subject_id: newId(), period: 'day', cap_micros: 1 },
      422,
      'VALIDATION_ERROR',
    ],
    [
      'an agent that is not there',
      { scope: 'agent', subject_id: newId(), period: 'day', cap_micros: 1 },
      404,
      'NOT_FOUND',
    ],
    [
      'thresholds out of order',
      { scope: 'tenant', period: 'day', cap_micros: 1, cheaper_percent: 95, defer_percent: 90 },
      422,
      'VALIDATION_ERROR',
    ],
  ];
  for (const [name, body, status, code] of BAD) {
    it(`refuses ${name}`, async () => {
      const answer = await call('POST', '/api/v1/budgets', body);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.match(answer.headers.get('content-type') ?? '', /problem\+json/);
    });
  }

  it('refuses a second budget for the same', async () => {
    const budget = { scope: 'tenant', period: 'day', cap_micros: 5 };
    assert.equal((await call('POST', '/api/v1/budgets', budget)).status, 201);
    const again = await call('POST', '/api/v1/budgets', budget);
    assert.deepEqual([again.status, again.body.code], [409, 'ALREADY_EXISTS']);
  });

  it('pages through budgets without losing one', async () => {
    for (const period of ['day', 'month'])
      await call('POST', '/api/v1/budgets', { scope: 'tenant', period, cap_micros: 5 });
    const first = (await call('GET', '/api/v1/budgets?scope=tenant&limit=1')).body;
    const second = (await call('GET', `/api/v1/budgets?scope=tenant&limit=1&cursor=${first.next_cursor}`)).body;
    assert.deepEqual([first.data[0].period, second.data[0].period, second.next_cursor], ['month', 'day', null]);
    assert.equal((await call('GET', '/api/v1/budgets?scope=agent')).body.data.length, 0);
  });

  it('exports every call, and lets no cell become a formula', async () => {
    await api.deps.db.withTenant(tenant.tenantId, (tx) =>
      tx.aiCost.createMany({
        data: Array.from({ length: 1_500 }, (_, index) => ({
          id: newId(),
          tenantId: tenant.tenantId,
          activityKey: newId(),
          provider: 'openai',
          model: index === 0 ? '=HYPERLINK("http://evil","x")' : 'gpt-6-luna',
          operation: 'language',
          status: 'settled',
          reservedMicros: 5,
          costMicros: 4,
          usage: { inputTokens: 40 },
          expiresAt: new Date(),
        })),
      }),
    );
    const { status, headers, text } = await call('GET', '/api/v1/costs/export');
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/csv/);
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.length, 1 + 1 + 1_500);
    assert.match(lines[0] ?? '', /^id,created_at,settled_at,operation,provider,model,status,cost_micros/);
    assert.equal(lines.filter((line) => line.includes('HYPERLINK')).length, 1);
    assert.ok(text.includes(`"'=HYPERLINK`), 'the formula is not escaped');
    const none = await call('GET', '/api/v1/costs/export?to=2020-01-01T00:00:00Z');
    assert.equal(none.text.trimEnd().split('\n').length, 1);
    assert.equal((await call('GET', '/api/v1/costs/export?from=yesterday')).status, 422);
  });
});
