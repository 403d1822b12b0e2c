import assert from 'node:assert/strict';
import { WorkflowNotFoundError } from '@temporalio/client';
import { sessionSchema } from '../../api/http/sessions';
import { endIdleSession } from '../../core/conversation/sessions';
import { getSession } from '../../core/crm/sessions';
import { searchMemory } from '../../core/memory';
import { present } from '../../core/present';
import { overloaded } from '../../simulator';
import { sessionSummaryWorkflowId } from '../../workflows/session-summary/ids';
import type { SessionSummaryResult } from '../../workflows/session-summary/types';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { newCustomer, repliesTo, settled } from './support';

describe('an ended session is summed up', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  const everything = {};

  async function endSession(tenantId: string): Promise<string> {
    await settled(product, tenantId);
    const { id } = await product.db.withTenant(tenantId, (tx) => tx.session.findFirstOrThrow({ where: { tenantId } }));
    assert.deepEqual(await endIdleSession(product.db, { tenantId, sessionId: id, timeoutMs: 0 }), { remainingMs: 0 });
    return id;
  }

  /** Waits for the start by the relay, then for the end. */
  async function resultOf(tenantId: string, sessionId: string): Promise<SessionSummaryResult> {
    const workflow = product.client.workflow.getHandle(sessionSummaryWorkflowId({ tenantId, sessionId }));
    await eventually('the workflow', () => workflow.describe().catch(nullIfMissing));
    return (await workflow.result()) as SessionSummaryResult;
  }

  it('once, after one repair, and is found by search', async () => {
    const { tenantId } = await product.newShop();
    product.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'session_summary', systemMatches: 'could not be used' }, builtIn: true },
          { match: { schemaName: 'session_summary' }, text: 'Claro! Aqui está o resumo.' },
          { match: everything, builtIn: true },
        ],
      },
    });
    const customer = newCustomer(product);
    await customer.says('Quanto custa a geladeira Frost? Meu orçamento é R$ 2.500');
    await repliesTo(customer, 1);
    await customer.says('Perfeito, obrigado!');
    await repliesTo(customer, 2);
    const sessionId = await endSession(tenantId);
    assert.deepEqual(await resultOf(tenantId, sessionId), { isSummarized: true });
    product.simulator.script({});

    const session = await product.db.withTenant(tenantId, (tx) => getSession(tx, tenantId, sessionId));
    const { summary } = sessionSchema.parse(present(session));
    assert.ok(summary);
    assert.match(summary.summary, /geladeira Frost/);
    assert.equal(summary.sentiment, 'positive');
    assert.equal(summary.resolved, true);
    assert.ok(summary.topics.includes('preço'));
    assert.deepEqual(summary.key_entities, [{ type: 'amount', name: 'R$ 2.500' }]);

    const found = await searchMemory(product.db, {
      tenantId,
      contactId: session.contactId,
      query: 'conversa sobre geladeira e preço',
      queryVector: { vector: null, reason: 'words are enough' },
      sources: ['session'],
      strategy: 'keyword_only',
      topK: 5,
    });
    assert.deepEqual(
      found.results.map(({ source, sourceId }) => [source, sourceId]),
      [['session', sessionId]],
    );
    const events = await product.db.withSystem((tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, eventType: 'session.summarized' } }),
    );
    assert.equal(events.length, 1);
    assert.doesNotMatch(JSON.stringify(events[0]?.eventData), /geladeira/);
    const costs = await product.db.withTenant(tenantId, (tx) =>
      tx.aiCost.count({ where: { tenantId, contactId: session.contactId, operation: 'language', status: 'settled' } }),
    );
    assert.ok(costs >= 4, `two turns, the summary and its repair are in the ledger: ${costs}`);
  });

  it('not with fewer than three messages', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says('Oi');
    await repliesTo(customer, 1);
    const sessionId = await endSession(tenantId);
    assert.deepEqual(await resultOf(tenantId, sessionId), { isSummarized: false });
  });

  it('later, when the providers are down', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says('Vocês entregam em Campinas?');
    await repliesTo(customer, 1);
    await customer.says('E no sábado?');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    product.simulator.fault('openai', overloaded('openai'));
    const sessionId = await endSession(tenantId);
    const workflow = product.client.workflow.getHandle(sessionSummaryWorkflowId({ tenantId, sessionId }));
    await eventually('the workflow', () => workflow.describe().catch(nullIfMissing));
    await eventually('a timer', async () => {
      const history = await workflow.fetchHistory();
      return history.events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes) ?? false;
    });
    product.simulator.clearFaults();
    assert.equal((await workflow.describe()).status.name, 'RUNNING');
  });
});

/** The relay has not started it yet. */
function nullIfMissing(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}
