import assert from 'node:assert/strict';
import { settleApproval } from '../../core/agents/approvals/settle';
import { requestApprovals } from '../../core/agents/approvals/request';
import { resolveApproval } from '../../core/agents/approvals/resolve';
import { recordRecallFailure, recallMemory } from '../../core/agents/recall-memory';
import { ALL_SCOPES } from '../../core/accounts/scopes';
import { newId } from '../../core/ids';
import { startProduct, type Product } from '../support/product';
import { newTurn, type Call, type SteppedTurn } from './turns';

const LEAVING = 'Quero cancelar o plano, ficou caro';

describe('rules look at what is true now', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  const offer = (discount: number): Call => ({
    name: 'create_retention_offer',
    arguments: { discount_percent: discount, duration_months: 1, reason: 'preço' },
  });
  const attempt = { activityKey: 'recall', signal: new AbortController().signal };
  const recalled = async (turn: SteppedTurn) => {
    await recallMemory(product.deps, turn, attempt);
    return turn;
  };
  const verdicts = async (turn: SteppedTurn) => (await turn.steps()).map(({ status, rule }) => [status, rule]);

  it('counts the offers of the turn itself: three in one answer or in several, and not a fourth', async () => {
    const atOnce = await recalled(await newTurn(product, LEAVING));
    await atOnce.asks(offer(10), offer(11), offer(12), offer(13));
    await atOnce.runs();
    const four = [
      ['done', null],
      ['done', null],
      ['done', null],
      ['refused', 'retention_attempts'],
    ];
    assert.deepEqual(await verdicts(atOnce), four);
    const oneByOne = await recalled(await newTurn(product, LEAVING));
    for (const discount of [10, 11, 12, 13]) {
      await oneByOne.asks(offer(discount));
      await oneByOne.runs();
    }
    assert.deepEqual(await verdicts(oneByOne), four);
    const { tenantId } = oneByOne;
    const offers = await product.db.withTenant(tenantId, (tx) => tx.retentionOffer.count({ where: { tenantId } }));
    assert.equal(offers, 3);
  });

  it('keeps on an approved call which rule wanted a person', async () => {
    const turn = await recalled(await newTurn(product, LEAVING));
    await turn.asks(offer(40));
    const { tenantId } = turn;
    const [waiting] = await requestApprovals(product.db, { ...turn, step: 1 });
    assert.ok(waiting);
    const ref = { tenantId, approvalId: waiting.approvalId };
    const by = { userId: null, scopes: ALL_SCOPES };
    await resolveApproval(product.db, { ...ref, by, decision: { verb: 'approve', reason: null } });
    assert.deepEqual(await settleApproval(product.db, ref), { next: 'run' });
    await turn.runs();
    const [step] = await turn.steps();
    assert.deepEqual([step?.status, step?.rule], ['done', 'approval_discount']);
    assert.match(step?.ruleReason ?? '', /discount/);
  });

  it('wants memory read before an offer: by the turn or by the agent itself, else a person where memory is out', async () => {
    const unread = await newTurn(product, LEAVING);
    await unread.asks(offer(10));
    assert.deepEqual(await verdicts(unread), [['refused', 'retention_memory_first']]);
    await unread.asks({ name: 'get_contact_facts', arguments: {} });
    await unread.runs();
    await unread.asks(offer(10));
    await unread.runs();
    assert.deepEqual((await verdicts(unread)).at(-1), ['done', null]);

    const out = await newTurn(product, LEAVING);
    await recordRecallFailure(product.db, { ...out, code: 'DATABASE_ERROR' });
    await out.asks(offer(10));
    assert.deepEqual(await verdicts(out), [['needs_approval', 'retention_memory_first']]);
    const record = await product.db.withTenant(out.tenantId, (tx) =>
      tx.decisionRecord.findFirstOrThrow({ where: { tenantId: out.tenantId } }),
    );
    assert.deepEqual((record.context as { degraded: string[] }).degraded, ['memory']);
  });

  it('tells the model that an answer is too long for it, and goes on', async () => {
    const turn = await newTurn(product, 'Oi, o que vocês sabem de mim?');
    const { tenantId, contactId } = turn;
    await product.db.withTenant(tenantId, async (tx) => {
      const { id: messageId } = await tx.message.findFirstOrThrow({ where: { tenantId } });
      await tx.memoryFact.createMany({
        data: Array.from({ length: 50 }, (_, index) => ({
          id: newId(),
          tenantId,
          contactId,
          factType: 'preference',
          factText: `${index}: ${'gosta de café forte '.repeat(60)}`,
          factHash: newId(),
          confidence: 0.9,
          sourceMessageId: messageId,
          evidenceMessageIds: [messageId],
          model: 'test',
          validFrom: new Date(),
        })),
      });
    });
    await turn.asks({ name: 'get_contact_facts', arguments: {} });
    await turn.runs();
    const [step] = await turn.steps();
    assert.deepEqual([step?.status, step?.errorCode], ['failed', 'TOOL_OUTPUT_TOO_LARGE']);
    assert.match(JSON.stringify(step?.output), /ask for less/);
    await turn.asks({ name: 'get_contact_facts', arguments: { fact_types: ['budget'] } });
    await turn.runs();
    assert.equal((await turn.steps()).at(-1)?.status, 'done');
  });

  it('closes a tool whose arguments were wrong twice in a turn, and no other', async () => {
    const turn = await newTurn(product, 'Oi, meu e-mail mudou');
    const wrong: Call = { name: 'update_contact', arguments: { email: 'no address' } };
    await turn.asks(wrong);
    await turn.asks(wrong);
    await turn.asks({ name: 'update_contact', arguments: { email: 'marina@example.com' } });
    await turn.asks({ name: 'get_contact_facts', arguments: {} });
    assert.deepEqual(await verdicts(turn), [
      ['refused', null],
      ['refused', 'wrong_arguments'],
      ['refused', 'wrong_arguments'],
      ['requested', null],
    ]);
    const [first, second] = await turn.steps();
    assert.match(JSON.stringify(first?.output), /arguments are wrong/);
    assert.match(JSON.stringify(second?.output), /no more/);
  });
});

describe('a lead has the points that its own words support', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  const qualify = (args: Record<string, unknown>): Call => ({ name: 'qualify_lead', arguments: args });
  const FULL = { budget: 10, authority: 10, need: 10, timeline: 10 };

  async function lead(said: string, args: Record<string, unknown>) {
    const turn = await newTurn(product, said);
    await turn.asks(qualify(args));
    await turn.runs();
    const { tenantId } = turn;
    const { contact, conversation } = await product.db.withTenant(tenantId, async (tx) => ({
      contact: await tx.contact.findFirstOrThrow({ where: { tenantId } }),
      conversation: await tx.conversation.findFirstOrThrow({ where: { tenantId } }),
    }));
    const [step] = await turn.steps();
    return { step, contact, handler: conversation.handler };
  }

  it('is not handed to a seller because the model says so, by points or by a score', async () => {
    for (const args of [{ bant: FULL }, { score: 95 }]) {
      const { contact, handler, step } = await lead('Quero comprar a cafeteira', args);
      assert.equal(step?.status, 'done');
      assert.ok((contact.leadScore ?? 100) < 60, String(contact.leadScore));
      assert.deepEqual([contact.leadStatus, handler], ['unqualified', 'ai']);
    }
  });

  it('is handed over when its words say budget, decision, need and time', async () => {
    const said = 'Quero comprar a cafeteira, meu orçamento é R$ 900, decido eu e preciso para esta semana';
    const { contact, handler, step } = await lead(said, { bant: FULL });
    assert.deepEqual([contact.leadScore, contact.leadStatus, handler], [100, 'qualified', 'waiting']);
    assert.equal((step?.output as { handed_over: boolean }).handed_over, true);
  });

  it('is neither qualified nor declined against its points, whichever argument carries them', async () => {
    const qualified = await lead('Quero comprar a cafeteira', { status: 'qualified', bant: { ...FULL, need: 0 } });
    assert.deepEqual([qualified.step?.status, qualified.step?.rule], ['refused', 'lead_score']);
    const bare = await lead('Oi, quanto custa a cafeteira?', { status: 'qualified' });
    assert.deepEqual([bare.step?.status, bare.step?.rule], ['refused', 'lead_score']);
    const said = 'Quero comprar, orçamento de R$ 900, decido eu, preciso para esta semana';
    const declined = await lead(said, { status: 'unqualified', bant: FULL });
    assert.deepEqual([declined.step?.status, declined.step?.rule], ['refused', 'lead_score']);
  });
});
