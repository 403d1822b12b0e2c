import assert from 'node:assert/strict';
import { callModel } from '../../core/agents/call-model';
import { askModelAgain } from '../../core/agents/replay/ask-model';
import { finishReplay } from '../../core/agents/replay/finish';
import { getReplay, openReplay } from '../../core/agents/replay/request';
import { writeReply } from '../../core/agents/write-reply';
import { startProduct, type Product } from '../support/product';
import { newTurn, type Call } from './turns';

/** A lead that a seller would take now, were it qualified: its score alone hands nobody over. */
const SCORE: Call = {
  name: 'calculate_lead_score',
  arguments: {
    bant: { budget: 10, authority: 10, need: 10, timeline: 10 },
    messages: 30,
    employees: 1_000,
    source: 'referral',
    answer_minutes: 1,
  },
};

describe('a replay ends as its turn did', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  it('with an answer, when a score was only calculated', async () => {
    const { db, deps, simulator } = product;
    const turn = await newTurn(product, 'Quero comprar a cafeteira, quanto custa?');
    const { tenantId, turnId } = turn;
    const provider = deps.providers.chains.language[0] ?? '';
    const attempt = (activityKey: string) => ({ activityKey, signal: new AbortController().signal });
    const answers = () =>
      simulator.script({ language: { replies: [{ text: 'Temos três modelos. Qual uso você faz?' }] } });
    await turn.asks(SCORE);
    await turn.runs();
    const [scored] = await turn.steps();
    assert.equal((scored?.output as { action: string }).action, 'assign_now');
    answers();
    await callModel(deps, { tenantId, turnId, step: 2, provider }, attempt('answer'));
    assert.equal(await writeReply(deps, { tenantId, turnId }), 'replied');

    const { id: replayId } = await db.withTenant(tenantId, async (tx) => {
      const { id: recordId } = await tx.decisionRecord.findFirstOrThrow({ where: { tenantId, groupId: turnId } });
      return openReplay(tx, tenantId, { recordId, changes: {} });
    });
    const ref = { tenantId, replayId };
    const toolCalls = [{ name: SCORE.name, arguments: SCORE.arguments as Record<string, unknown> }];
    simulator.script({ language: { replies: [{ toolCalls }] } });
    await askModelAgain(deps, { ...ref, step: 1, provider }, attempt('again-1'));
    answers();
    await askModelAgain(deps, { ...ref, step: 2, provider }, attempt('again-2'));
    const end = await finishReplay(db, ref);
    const { result } = await db.withTenant(tenantId, (tx) => getReplay(tx, ref));
    assert.deepEqual([result?.before.outcome, result?.after.outcome], ['replied', 'replied']);
    assert.equal(end?.isChanged, false);
  });
});
