import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import { startTestApi, type TestApi } from '../support/http';
import { testNamespace, testTemporalAddress, withTemporal } from '../support/temporal';
import { newTenant } from '../support/tenant';
import { newMessage, newThread } from './fixtures';

const RETRY = 'message.enrichment.retry_requested';

describe('an operator retries and gives up by REST', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  before(async () => {
    api = await startTestApi({ TEMPORAL_ADDRESS: testTemporalAddress(), TEMPORAL_NAMESPACE: testNamespace() });
  });
  beforeEach(async () => {
    tenant = await newTenant(api.deps.db);
  });
  after(() => api.close());

  async function newEnrichment(state: {
    status: string;
    deferredUntil?: Date;
    errorCode?: string;
    createdAt?: Date;
    startedAt?: Date;
  }): Promise<string> {
    const id = newId();
    const { tenantId } = tenant;
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.messageEnrichment.create({ data: { id, tenantId, contentType: 'voice', ...state } }),
    );
    return id;
  }
  const act = (id: string, action: string) =>
    api.request('POST', `/api/v1/enrichments/${id}/${action}`, { key: tenant.apiKey });
  const eventsOf = (id: string) =>
    api.deps.db.withTenant(tenant.tenantId, async (tx) =>
      (await tx.outboxEvent.findMany({ where: { aggregateId: id } })).map(({ eventType }) => eventType),
    );
  const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
  const justBegun = { status: 'processing', startedAt: new Date() };
  /** On a queue that nobody serves, so that it runs until somebody ends it. */
  const startedWorkflow = (id: string, { isTerminated = false } = {}) =>
    withTemporal(async ({ client }) => {
      const workflowId = enrichmentWorkflowId({ tenantId: tenant.tenantId, subjectId: id });
      const handle = await client.workflow.start('enrichmentWorkflow', {
        workflowId,
        taskQueue: `nobody-${id}`,
        workflowExecutionTimeout: '1 minute',
      });
      if (isTerminated) await handle.terminate('by an operator');
    });
  const waiting = { status: 'processing', deferredUntil: new Date(), errorCode: 'PROVIDER_UNAVAILABLE' };

  it('writes the state and the event that carries it to the workflow', async () => {
    const [retried, failed, givenUp] = [
      await newEnrichment(waiting),
      await newEnrichment({ status: 'failed', errorCode: 'PROVIDER_UNAVAILABLE' }),
      await newEnrichment(waiting),
    ];
    for (const id of [retried, failed]) {
      const { status, body } = await act(id, 'retry');
      assert.deepEqual([status, body.status], [202, 'pending']);
      assert.equal(body.workflow_id, `t:${tenant.tenantId}:enrichment:${id}`);
      assert.deepEqual(await eventsOf(id), ['message.enrichment.retry_requested']);
    }
    const { status, body } = await act(givenUp, 'give-up');
    assert.deepEqual([status, body.status], [202, 'failed']);
    assert.deepEqual((await eventsOf(givenUp)).sort(), ['message.enrichment.failed', 'message.enrichment.given_up']);
  });

  it('refuses both in a state that does not allow them, and writes nothing', async () => {
    const done = await newEnrichment({ status: 'completed' });
    const running = await newEnrichment({ status: 'processing', createdAt: hoursAgo, startedAt: hoursAgo });
    await startedWorkflow(running);
    // Its start may be on its way.
    const notBegun = await newEnrichment({ status: 'pending' });
    const failed = await newEnrichment({ status: 'failed' });
    for (const [id, action] of [
      [done, 'retry'],
      [running, 'retry'],
      [running, 'give-up'],
      [notBegun, 'retry'],
      [failed, 'give-up'],
    ] as const) {
      const { status, body } = await act(id, action);
      assert.deepEqual([status, body.code], [409, 'ENRICHMENT_NOT_WAITING']);
      assert.deepEqual(await eventsOf(id), []);
    }
  });

  it('does both at once for one whose workflow was terminated, or is gone', async () => {
    const [terminated, givenUp] = [await newEnrichment(justBegun), await newEnrichment(justBegun)];
    for (const id of [terminated, givenUp]) await startedWorkflow(id, { isTerminated: true });
    const removed = await newEnrichment(justBegun);
    const neverBegun = await newEnrichment({ status: 'pending', createdAt: hoursAgo });
    for (const id of [terminated, removed, neverBegun]) {
      const { status, body } = await act(id, 'retry');
      assert.deepEqual([status, body.status], [202, 'pending']);
      assert.deepEqual(await eventsOf(id), ['message.enrichment.retry_requested']);
    }
    const { status, body } = await act(givenUp, 'give-up');
    assert.deepEqual([status, body.status], [202, 'failed']);
  });

  it('says that it cannot tell while Temporal is away, and does what needs no telling', async () => {
    const [beingRead, waits] = [await newEnrichment(justBegun), await newEnrichment(waiting)];
    const blind = await startTestApi();
    try {
      const retry = (id: string) => blind.request('POST', `/api/v1/enrichments/${id}/retry`, { key: tenant.apiKey });
      const { status, body } = await retry(beingRead);
      assert.deepEqual([status, body.code], [503, 'WORKFLOWS_UNAVAILABLE']);
      assert.equal((await retry(waits)).status, 202);
    } finally {
      await blind.close();
    }
  });

  const retryAll = (body: object, key = tenant.apiKey) =>
    api.request('POST', '/api/v1/enrichments/retry', { key, json: body });

  it('has all that failed or wait tried again by one call, oldest first, bounded, and nothing twice', async () => {
    const down = { status: 'failed', errorCode: 'PROVIDER_UNAVAILABLE' };
    const [first, waits, third] = [await newEnrichment(down), await newEnrichment(waiting), await newEnrichment(down)];
    const untouched = [
      await newEnrichment({ status: 'completed' }),
      await newEnrichment({ status: 'pending' }),
      await newEnrichment(justBegun),
      await newEnrichment({ status: 'failed', errorCode: 'MEDIA_CORRUPT' }),
      await newEnrichment({ status: 'failed', errorCode: 'ENRICHMENT_GIVEN_UP' }),
    ];
    const two = await retryAll({ limit: 2 });
    assert.deepEqual([two.status, two.body], [202, { retried: 2, has_more: true, open_circuits: [] }]);
    assert.deepEqual(await Promise.all([first, waits, third].map(eventsOf)), [[RETRY], [RETRY], []]);
    // At once, as two people would.
    const rest = await Promise.all([retryAll({}), retryAll({})]);
    assert.equal(
      rest.reduce((sum, { body }) => sum + body.retried, 0),
      1,
    );
    assert.deepEqual((await retryAll({})).body, { retried: 0, has_more: false, open_circuits: [] });
    assert.deepEqual(await eventsOf(third), [RETRY]);
    for (const id of untouched) assert.deepEqual(await eventsOf(id), []);
    const { body } = await api.request('GET', `/api/v1/enrichments/${first}`, { key: tenant.apiKey });
    assert.deepEqual([body.status, body.error_code, body.deferred_until], ['pending', null, null]);
  });

  it('takes those of a kind, a reason, a provider and a time, and none of another tenant', async () => {
    const ids = {
      old: await newEnrichment({ status: 'failed', errorCode: 'PROVIDER_TIMEOUT', createdAt: hoursAgo }),
      corrupt: await newEnrichment({ status: 'failed', errorCode: 'MEDIA_CORRUPT' }),
      asked: await newEnrichment({ status: 'failed', errorCode: 'PROVIDER_REJECTED' }),
    };
    const { tenantId } = tenant;
    const ledgerRow = { provider: 'groq', model: 'm', operation: 'speech', status: 'released', reservedMicros: 0n };
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.aiCost.create({
        data: {
          id: newId(),
          tenantId,
          activityKey: newId(),
          ...ledgerRow,
          enrichmentId: ids.asked,
          expiresAt: new Date(),
        },
      }),
    );
    const other = await newTenant(api.deps.db);
    assert.equal((await retryAll({}, other.apiKey)).body.retried, 0);
    const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
    const taken = async (body: object) => (await retryAll(body)).body.retried;
    assert.equal(await taken({ content_type: 'image' }), 0);
    assert.equal(await taken({ provider: 'vertex' }), 0);
    assert.equal(await taken({ provider: 'groq', from: anHourAgo }), 1);
    assert.deepEqual(await eventsOf(ids.asked), [RETRY]);
    assert.equal(await taken({ error_code: 'MEDIA_CORRUPT', content_type: 'voice' }), 1);
    assert.equal(await taken({ from: anHourAgo }), 0);
    assert.equal(await taken({ to: anHourAgo }), 1);
    assert.deepEqual(await eventsOf(ids.old), [RETRY]);
    const refused = await retryAll({ limit: 1001 });
    assert.deepEqual([refused.status, refused.body.code], [422, 'VALIDATION_ERROR']);
  });

  it('carries to the workflow whose message it was', async () => {
    const { tenantId } = tenant;
    const messageId = await newMessage(api.deps.db, tenantId, await newThread(api.deps.db, tenantId));
    const id = newId();
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.messageEnrichment.create({ data: { id, tenantId, messageId, contentType: 'voice', status: 'failed' } }),
    );
    const dataOf = () =>
      api.deps.db.withTenant(tenantId, async (tx) => {
        const found = await tx.outboxEvent.findMany({ where: { aggregateId: id, eventType: RETRY } });
        return found.map(({ eventData }) => eventData);
      });
    await act(id, 'retry');
    const [one] = await dataOf();
    await api.deps.db.withTenant(tenantId, (tx) =>
      tx.messageEnrichment.updateMany({ where: { tenantId, id }, data: { status: 'failed' } }),
    );
    await retryAll({});
    assert.deepEqual(await dataOf(), [one, one]);
  });

  it('lists them by state and kind', async () => {
    const voice = await newEnrichment({ status: 'failed' });
    await newEnrichment({ status: 'pending' });
    const list = (query: string) => api.request('GET', `/api/v1/enrichments?${query}`, { key: tenant.apiKey });
    const found = await list('status=failed&content_type=voice');
    assert.deepEqual(
      found.body.data.map(({ id }: { id: string }) => id),
      [voice],
    );
    assert.deepEqual((await list('content_type=image')).body.data, []);
  });

  it('lists what waits, why, and since when', async () => {
    const waits = await newEnrichment(waiting);
    const failed = await newEnrichment({ status: 'failed', errorCode: 'PROVIDER_UNAVAILABLE' });
    const idsOf = async (query: string): Promise<string[]> => {
      const { status, body } = await api.request('GET', `/api/v1/enrichments?${query}`, { key: tenant.apiKey });
      assert.equal(status, 200, query);
      return body.data.map(({ id }: { id: string }) => id);
    };
    const soon = new Date(Date.now() + 60_000).toISOString();
    const before = new Date(Date.now() - 3_600_000).toISOString();
    assert.deepEqual(await idsOf('waiting=true'), [waits]);
    assert.deepEqual(await idsOf('waiting=false'), [failed]);
    assert.deepEqual(await idsOf('error_code=PROVIDER_UNAVAILABLE'), [failed, waits]);
    assert.deepEqual(await idsOf(`from=${before}&to=${soon}`), [failed, waits]);
    assert.deepEqual(await idsOf(`from=${soon}`), []);
    assert.deepEqual(await idsOf(`to=${before}`), []);
    assert.deepEqual(await idsOf('provider=groq'), []);
  });
});
