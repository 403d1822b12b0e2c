import assert from 'node:assert/strict';
import { changeApprovalSettings } from '../../core/agents/approvals/settings';
import { handOverMessage } from '../../core/agents/prompts';
import { newId } from '../../core/ids';
import type { ScriptedRule, SimulatorScript } from '../../simulator';
import { agentPrompts, conversationOf, newCustomer, repliesTo, settled, turnsOf } from '../journeys/support';
import { startProduct, type Product } from '../support/product';

type ToolCall = NonNullable<ScriptedRule['toolCalls']>[number];

const FACTS: ScriptedRule = { match: { schemaName: 'facts' }, builtIn: true };
const script = (...rules: ScriptedRule[]): SimulatorScript => ({ language: { rules: [FACTS, ...rules] } });
/** A model that calls and then speaks, whatever it is told. */
const obeys = (calls: ToolCall[], text: string) =>
  script({ match: { hasToolResult: false }, toolCalls: calls }, { match: { hasToolResult: true }, text });

/** Leaving (3 points), money (2). */
const LEAVING = 'Quero cancelar o plano, ficou caro';

describe('no prompt talks past the rules', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  async function oneTurn(
    model: SimulatorScript,
    said: string,
    prepare?: (tenantId: string, contactId: string) => Promise<void>,
  ) {
    product.simulator.script(script());
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    let before = 0;
    if (prepare) {
      await customer.says('Bom dia');
      await repliesTo(customer, 1);
      await settled(product, tenantId);
      before = 1;
      const { contactId } = await conversationOf(product, tenantId);
      await prepare(tenantId, contactId);
    }
    product.simulator.script(model);
    await customer.says(said);
    await repliesTo(customer, before + 1);
    await settled(product, tenantId);
    const turn = (await turnsOf(product, tenantId))[before];
    assert.ok(turn);
    const steps = await product.db.withTenant(tenantId, (tx) =>
      tx.decisionStep.findMany({
        where: { tenantId, groupId: turn.groupId },
        orderBy: [{ step: 'asc' }, { id: 'asc' }],
      }),
    );
    const offers = await product.db.withTenant(tenantId, (tx) => tx.retentionOffer.count({ where: { tenantId } }));
    const replies = customer.replies().slice(before);
    const rules = turn.rules as { rule: string; decision: string }[];
    return { tenantId, turn, steps, rules, offers, replies, prompts: agentPrompts(product, customer) };
  }

  const offer = (discount: number): ToolCall => ({
    name: 'create_retention_offer',
    arguments: { discount_percent: discount, duration_months: 3, reason: 'preço' },
  });

  it('asks for a person before a word is said when a customer who leaves is very unhappy, or threatens', async () => {
    const unhappy = await oneTurn(script(), 'Péssimo, horrível, um absurdo! Quero cancelar minha assinatura agora');
    assert.equal(unhappy.turn.agent, 'retention_churn');
    assert.deepEqual(unhappy.rules.map(({ rule, decision }) => [rule, decision])[0], [
      'retention_sentiment',
      'escalated',
    ]);
    assert.equal(unhappy.turn.outcome, 'handed_over');
    assert.equal(unhappy.prompts.length, 0);
    assert.equal(unhappy.replies[0]?.text, handOverMessage('escalated', 'pt'));

    const threat = await oneTurn(script(), 'Vou no Procon, meu advogado vai processar vocês');
    assert.ok(threat.rules.some(({ rule }) => rule === 'complaint_severity'));
    assert.ok((threat.turn.signals as { severity: number }).severity >= 8);
    assert.equal(threat.turn.outcome, 'handed_over');
  });

  it('waits for a person with a discount above 30 %, whatever the model wants', async () => {
    const model = obeys([offer(50)], 'Pronto, 50% para você!');
    const { steps, turn, offers, replies } = await oneTurn(model, LEAVING, (tenantId) =>
      product.db.withTenant(tenantId, async (tx) => {
        await changeApprovalSettings(tx, tenantId, { waitSeconds: 10, onExpiry: 'escalate' });
      }),
    );
    const call = steps.find(({ tool }) => tool === 'create_retention_offer');
    assert.deepEqual([call?.status, call?.rule], ['refused', 'approval_discount']);
    assert.equal(offers, 0);
    assert.equal(turn.outcomeReason, 'needs_approval');
    assert.equal(replies[0]?.text, handOverMessage('needs_approval', 'pt'));
  });

  it('lets an offer within the limits be made, and its percentage be said', async () => {
    const text = 'Posso te oferecer 20% de desconto por três meses.';
    const { turn, offers, replies } = await oneTurn(obeys([offer(20)], text), LEAVING);
    assert.equal(offers, 1);
    assert.equal(turn.outcome, 'replied');
    assert.equal(replies[0]?.text, text);
  });

  it('refuses a discount for a small complaint, and a fourth offer', async () => {
    const small = await oneTurn(obeys([offer(10)], 'Entendo.'), 'Estou pensando em cancelar meu plano');
    const refused = small.steps.find(({ tool }) => tool === 'create_retention_offer');
    assert.deepEqual([refused?.status, refused?.rule], ['refused', 'retention_severity']);
    assert.equal(small.turn.outcome, 'replied');

    const fourth = await oneTurn(obeys([offer(10)], 'Entendo.'), LEAVING, async (tenantId, contactId) => {
      await product.db.withTenant(tenantId, (tx) =>
        tx.retentionOffer.createMany({
          data: [1, 2, 3].map(() => ({
            id: newId(),
            tenantId,
            contactId,
            discountPercent: 10,
            durationMonths: 1,
            reason: 'preço',
            status: 'accepted',
          })),
        }),
      );
    });
    const attempt = fourth.steps.find(({ tool }) => tool === 'create_retention_offer');
    assert.deepEqual([attempt?.status, attempt?.rule], ['refused', 'retention_attempts']);
    assert.equal(fourth.offers, 3);
  });

  it('sends an answer back that claims what no tool did, and flags it', async () => {
    const { turn, steps, rules, replies } = await oneTurn(
      script(
        { match: { lastUserMatches: 'Verificação interna' }, text: 'Vou pedir para a equipe agendar e te aviso.' },
        { match: {}, text: 'Agendei sua visita para sexta às 15h.' },
      ),
      'Pode marcar a visita para sexta?',
    );
    assert.deepEqual(turn.flags, ['claim_without_act']);
    assert.deepEqual(rules, [{ rule: 'claim_without_act', decision: 'rewritten', reason: 'schedule' }]);
    assert.ok(steps.some(({ kind, rule }) => kind === 'check' && rule === 'claim_without_act'));
    assert.deepEqual(
      replies.map(({ text }) => text),
      ['Vou pedir para a equipe agendar e te aviso.'],
    );
    assert.equal(turn.outcome, 'replied');
  });

  it('hands over when the model claims it again', async () => {
    const { turn, rules, replies } = await oneTurn(
      script({ match: {}, text: 'I have refunded your order.' }),
      'Hi, I want my money back please',
    );
    assert.deepEqual(
      rules.map(({ decision }) => decision),
      ['rewritten', 'handed_over'],
    );
    assert.equal(turn.outcomeReason, 'unfounded_reply');
    assert.equal(replies[0]?.text, handOverMessage('unfounded_reply', 'en'));
  });

  it('ends a model that alternates two tools, one that answers nothing and one that echoes with a person', async () => {
    const alternating = await oneTurn(
      {
        language: {
          rules: [FACTS],
          replies: Array.from({ length: 12 }, (_, index) => ({
            toolCalls: [
              index % 2 === 0
                ? { name: 'get_contact_facts', arguments: {} }
                : { name: 'search_memory', arguments: { query: 'pedido' } },
            ],
          })),
        },
      },
      'Bom dia, tudo certo com vocês?',
    );
    assert.equal(alternating.turn.outcomeReason, 'tool_limit');
    assert.deepEqual(
      alternating.steps.filter(({ status }) => status === 'refused').map(({ rule }) => rule),
      ['repeated_call'],
    );
    const silent = await oneTurn(script({ match: {}, text: '' }), 'Bom dia, tudo certo com vocês?');
    assert.equal(silent.turn.outcomeReason, 'empty_reply');
    const said = 'Bom dia, tudo certo com vocês?';
    const echoing = await oneTurn(script({ match: {}, text: said }), said);
    assert.deepEqual(echoing.turn.flags, ['echo']);
    assert.equal(echoing.turn.outcome, 'handed_over');
  });

  it('gives a lead of 80 points to a seller, with the goodbye of the agent', async () => {
    const { tenantId, turn, replies } = await oneTurn(
      script(),
      'Quero comprar a cafeteira, meu orçamento é R$ 900, decido eu e preciso para esta semana',
    );
    assert.equal(turn.agent, 'sales_prospecting');
    assert.equal(turn.outcome, 'handed_over');
    assert.match(replies[0]?.text ?? '', /vendedor/);
    assert.match((await conversationOf(product, tenantId)).handlerReason ?? '', /lead of 8\d points/);
  });

  it('sends a long answer in few messages, in order, and none of it is lost', async () => {
    const paragraph = (name: string) => `${name}: ${'a garantia cobre defeitos de fábrica. '.repeat(9).trim()}`;
    const text = ['Primeiro', 'Segundo', 'Terceiro', 'Quarto', 'Quinto'].map(paragraph).join('\n\n');
    product.simulator.script(script({ match: {}, text }));
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says('Bom dia, me explica a garantia?');
    await repliesTo(customer, 3);
    await settled(product, tenantId);
    const parts = customer.replies().map((reply) => reply.text ?? '');
    assert.ok(parts.length <= 4, String(parts.length));
    assert.equal(parts.join('\n\n'), text);
    assert.equal((await turnsOf(product, tenantId)).length, 1);
  });
});
