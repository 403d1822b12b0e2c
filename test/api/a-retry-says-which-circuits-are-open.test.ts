import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const SECOND_MS = 1_000;

describe('a retry says which circuits are open', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  const processIds: string[] = [];
  before(async () => {
    api = await startTestApi();
    tenant = await newTenant(api.deps.db);
  });
  after(async () => {
    await api.deps.db.withSystem((tx) => tx.providerState.deleteMany({ where: { processId: { in: processIds } } }));
    await api.close();
  });

  async function failedVoice(): Promise<string> {
    const id = newId();
    await api.deps.db.withTenant(tenant.tenantId, (tx) =>
      tx.messageEnrichment.create({
        data: { id, tenantId: tenant.tenantId, contentType: 'voice', status: 'failed', errorCode: 'PROVIDER_QUOTA' },
      }),
    );
    return id;
  }

  async function report(state: { provider: string; operation: string; breaker: string; openedAgoMs: number }) {
    const { openedAgoMs, ...rest } = state;
    const processId = `workers-${newId().slice(-8)}`;
    processIds.push(processId);
    const since = new Date(Date.now() - openedAgoMs);
    const bulkhead = { maxConcurrent: 1, inUse: 0, waiting: 0, rejected: 0n };
    await api.deps.db.withSystem((tx) =>
      tx.providerState.create({ data: { processId, role: 'workers', openCircuits: 1, since, ...bulkhead, ...rest } }),
    );
    return since;
  }

  it('and until when, of the providers that read such media', async () => {
    const speech = { provider: 'groq', operation: 'speech', breaker: 'open' };
    await report({ ...speech, openedAgoMs: 20 * SECOND_MS });
    const later = await report({ ...speech, openedAgoMs: 5 * SECOND_MS });
    await report({ ...speech, provider: 'openai', openedAgoMs: 40 * SECOND_MS });
    await report({ ...speech, provider: 'openai', breaker: 'closed', openedAgoMs: 0 });
    await report({ ...speech, provider: 'vertex', operation: 'vision', openedAgoMs: 0 });
    const { status, body } = await api.request('POST', `/api/v1/enrichments/${await failedVoice()}/retry`, {
      key: tenant.apiKey,
    });
    assert.equal(status, 202);
    assert.equal(body.status, 'pending');
    assert.deepEqual(body.open_circuits, [
      { provider: 'groq', operation: 'speech', until: new Date(later.getTime() + 30 * SECOND_MS).toISOString() },
    ]);
  });
});
