import assert from 'node:assert/strict';
import { overloaded, rateLimited } from '../../simulator';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import { QUEUES } from '../../workflows/shared/queues';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import {
  agentPrompts,
  enrichmentsOf,
  newCustomer,
  repliesTo,
  scheduledActivities,
  settled,
  turnsOf,
  turnText,
  VOICE,
} from './support';

describe('a broken provider is replaced or waited for', () => {
  let product: Product;
  beforeEach(async () => {
    product = await startProduct({ settings: { MEDIA_WAIT_MS: '1500', ENRICHMENT_DEFERRAL_MS: '2500' } });
  });
  afterEach(() => product.stop());

  it('transcribes with OpenAI when Groq answers 5xx, one visible activity for each provider', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    product.simulator.fault('groq', overloaded('groq'));
    await customer.sends(VOICE);

    const [voice] = await completedEnrichments(product, tenantId);
    assert.equal(voice?.provider, 'openai');
    await repliesTo(customer, 1);
    assert.equal(product.simulator.requestCount('groq'), 3);
    const workflowId = enrichmentWorkflowId({ tenantId, subjectId: voice?.messageId ?? '' });
    assert.deepEqual(await scheduledActivities(product.client, workflowId), [
      { type: 'fetchMedia', queue: QUEUES.channel },
      { type: 'transcribe', queue: QUEUES.speechGroq },
      { type: 'transcribe', queue: QUEUES.speechOpenai },
    ]);

    const costs = await product.db.withTenant(tenantId, (tx) =>
      tx.aiCost.findMany({ where: { tenantId, operation: 'speech' }, orderBy: { id: 'asc' } }),
    );
    assert.deepEqual(
      costs.map(({ provider, status, costMicros }) => ({ provider, status, isPaid: costMicros > 0n })),
      [
        { provider: 'groq', status: 'released', isPaid: false },
        { provider: 'openai', status: 'settled', isPaid: true },
      ],
    );
  });

  it('waits as long as Groq asks in Retry-After and asks Groq again', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    // Longer than the interval that Temporal would choose by itself.
    product.simulator.fault('groq', rateLimited('groq', 2), { times: 1 });
    await customer.sends(VOICE);

    const [voice] = await completedEnrichments(product, tenantId);
    assert.equal(voice?.provider, 'groq');
    await repliesTo(customer, 1);
    const [refused, accepted] = product.simulator.requests('groq');
    assert.equal(refused?.status, 429);
    assert.equal(accepted?.status, 200);
    assert.ok(Date.parse(accepted.at) - Date.parse(refused.at) >= 2_000);
    assert.equal(product.simulator.requests('openai').filter(({ path }) => path.includes('audio')).length, 0);
  });

  it('goes on without a voice note that nobody can read, says so, and answers again when its text is there', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    product.simulator.fault('groq', overloaded('groq'));
    product.simulator.fault('openai', overloaded('openai'), { matchPath: 'audio' });
    const messageId = await customer.sends(VOICE);

    await repliesTo(customer, 1);
    assert.match(turnText(agentPrompts(product, customer)[0] ?? []), /ainda não foi possível ler/);
    const deferred = await eventually('the deferral', async () => {
      const [row] = await enrichmentsOf(product, tenantId);
      return row?.deferredUntil ? row : null;
    });
    assert.equal(deferred.status, 'processing');
    assert.equal(deferred.errorCode, 'PROVIDER_UNAVAILABLE');

    product.simulator.clearFaults();
    const [voice] = await completedEnrichments(product, tenantId);
    assert.equal(voice?.errorCode, null);
    await repliesTo(customer, 2);
    await settled(product, tenantId);

    assert.equal(customer.replies().length, 2);
    const turns = await turnsOf(product, tenantId);
    assert.deepEqual(
      turns.map(({ outcome }) => outcome),
      ['replied', 'replied'],
    );
    const kinds = await product.db.withTenant(tenantId, (tx) =>
      tx.messageGroup.findMany({ where: { tenantId }, orderBy: { id: 'asc' }, select: { kind: true } }),
    );
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ['messages', 'late_media'],
    );
    const lastPrompt = turnText(agentPrompts(product, customer).at(-1) ?? []);
    assert.ok(lastPrompt.includes(voice?.extractedText ?? messageId));
  });
});

function completedEnrichments(product: Product, tenantId: string) {
  return eventually('the text of the medium', async () => {
    const rows = await enrichmentsOf(product, tenantId);
    return rows.length > 0 && rows.every(({ status }) => status === 'completed') && rows;
  });
}
