import assert from 'node:assert/strict';
import { prepareTurn } from '../../core/agents/prepare-turn';
import type { RecalledContext } from '../../core/agents/recall-memory';
import type { Database, Tx } from '../../core/database';
import { addFact } from '../../core/memory';
import { newId } from '../../core/ids';
import { newMessage, newThread, type Thread } from '../api/fixtures';
import { startProduct, type Product } from '../support/product';

const RUN = { workflowId: 'workflow', runId: 'run' };

describe('a turn is prepared with its memory', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  /** A turn of a customer of whom one fact is known. */
  async function newTurn(): Promise<Thread & { tenantId: string; turnId: string }> {
    const { db } = product;
    const { tenantId } = await product.newShop();
    const thread = await newThread(db, tenantId);
    const turnId = newId();
    const messageId = await newMessage(db, tenantId, thread, { text: 'Bom dia, vocês entregam no sábado?' });
    await db.withTenant(tenantId, async (tx) => {
      const { conversationId, sessionId, contactId } = thread;
      const { handlerVersion } = await tx.conversation.findFirstOrThrow({ where: { tenantId } });
      await tx.messageGroup.create({ data: { id: turnId, tenantId, conversationId, sessionId, handlerVersion } });
      await tx.messageGroupMessage.create({ data: { tenantId, groupId: turnId, messageId, position: 0 } });
      const fact = { type: 'preference' as const, text: 'Prefere entrega no sábado', reason: null };
      await addFact(tx, tenantId, { ...fact, contactId, actor: { by: 'system' } });
    });
    return { ...thread, tenantId, turnId };
  }

  const recordOf = ({ tenantId, turnId }: { tenantId: string; turnId: string }) =>
    product.db.withTenant(tenantId, async (tx) => {
      const { context, agent } = await tx.decisionRecord.findFirstOrThrow({ where: { tenantId, groupId: turnId } });
      return { agent, context: context as unknown as Partial<RecalledContext> };
    });
  const recalls = { signal: new AbortController().signal };

  it('keeps what memory holds with the record that it opens, and says so, also to a second attempt', async () => {
    const turn = await newTurn();
    const plan = await prepareTurn(product.deps, turn, { ...RUN, recalls });
    assert.equal(plan.isRecalled, true);
    const { context } = await recordOf(turn);
    assert.deepEqual(context.degraded, []);
    assert.notEqual(context.daysBack, undefined);
    assert.equal(context.facts?.length, 1);
    assert.equal((await prepareTurn(product.deps, turn, { ...RUN, recalls })).isRecalled, true);
    assert.deepEqual((await recordOf(turn)).context, context);
  });

  it('leaves memory that does not answer to a step of its own, and prepares the turn', async () => {
    const turn = await newTurn();
    const deps = { ...product.deps, db: withoutSearches(product.db) };
    const plan = await prepareTurn(deps, turn, { ...RUN, recalls });
    assert.equal(plan.isRecalled, undefined);
    assert.equal(plan.recallsAtOnce, true);
    const { agent, context } = await recordOf(turn);
    assert.ok(agent);
    assert.deepEqual(context, {});
  });

  it('does not search before another router has read the turn, or where a provider would be asked', async () => {
    const [unsure, elsewhere] = [await newTurn(), await newTurn()];
    const { config, embeddings } = product.deps;
    const routed = { ...product.deps, config: { ...config, INTENT_ROUTERS: ['model' as const] } };
    assert.equal((await prepareTurn(routed, unsure, { ...RUN, recalls })).isRecalled, undefined);
    const asking = { ...product.deps, embeddings: { ...embeddings, isOurs: undefined } };
    assert.equal((await prepareTurn(asking, elsewhere, { ...RUN, recalls })).isRecalled, undefined);
  });
});

/** The database, whose searches of memory fail. */
function withoutSearches(db: Database): Database {
  const failing = (tx: Tx): Tx =>
    new Proxy(tx, {
      get: (target, name) =>
        name === '$queryRawUnsafe'
          ? (text: string, ...values: unknown[]) =>
              target.$queryRawUnsafe(...((text.includes('BM25') ? ['select 1 / 0'] : [text, ...values]) as [string]))
          : Reflect.get(target, name),
    });
  return {
    ...db,
    endWith: (tenantId, work, lastOf, options) => db.endWith(tenantId, (tx) => work(failing(tx)), lastOf, options),
  };
}
