import assert from 'node:assert/strict';
import { embedFacts, embedMessages } from '../../core/memory/embed-texts';
import { extractFacts } from '../../core/memory/extract-facts';
import { createBudget, getBudget } from '../../core/money/budgets';
import { attempt, startBench, type Bench } from '../enrichment/support';
import { newConversation, say } from '../memory/fixtures';

describe('facts and vectors count in their conversation', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ EMBEDDINGS_PROVIDER: 'vertex' });
  });
  after(() => bench.stop());

  const costsOf = (activityKey: string) =>
    bench.inTenant((tx) => tx.aiCost.findFirstOrThrow({ where: { tenantId: bench.tenantId, activityKey } }));

  it('and in its budget', async () => {
    const { deps, tenantId } = bench;
    const conversation = await newConversation(deps.db, tenantId);
    const { contactId, conversationId } = conversation;
    const budget = await bench.inTenant((tx) =>
      createBudget(tx, tenantId, {
        scope: 'conversation',
        subjectId: conversationId,
        period: 'day',
        capMicros: 1_000_000,
      }),
    );
    const messageIds = [await say(deps.db, conversation, { text: 'Meu nome é Carla e eu prefiro pagar por Pix.' })];
    const attempts = [attempt(), attempt(), attempt()] as const;
    const facts = await extractFacts(deps, { tenantId, messageIds, provider: 'openai' }, attempts[0]);
    assert.ok(facts.isValid && facts.factIds.length > 0);
    await embedMessages(deps, { tenantId, messageIds }, attempts[1]);
    await embedFacts(deps, { tenantId, factIds: facts.factIds }, attempts[2]);
    let total = 0n;
    for (const { activityKey } of attempts) {
      const cost = await costsOf(activityKey);
      assert.deepEqual([cost.contactId, cost.conversationId], [contactId, conversationId], cost.operation);
      total += cost.costMicros;
    }
    const { spentMicros } = await bench.inTenant((tx) => getBudget(tx, tenantId, budget.id));
    assert.ok(total > 0n);
    assert.equal(spentMicros, total);
  });

  it('but a batch of several conversations counts in none', async () => {
    const { deps, tenantId } = bench;
    const both = await Promise.all([newConversation(deps.db, tenantId), newConversation(deps.db, tenantId)]);
    const messageIds = await Promise.all(both.map((one) => say(deps.db, one, { text: 'bom dia' })));
    const run = attempt();
    await embedMessages(deps, { tenantId, messageIds }, run);
    const { conversationId, contactId } = await costsOf(run.activityKey);
    assert.deepEqual([conversationId, contactId], [null, null]);
  });
});
