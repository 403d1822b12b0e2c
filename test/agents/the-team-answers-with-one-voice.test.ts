import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { builtInProfile } from '../../core/agents/team/built-in';
import { agentPrompts, newCustomer, repliesTo, settled, turnsOf } from '../journeys/support';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';

describe('the team answers with one voice', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  /** One customer says one thing after the other has been answered. */
  async function conversation(...said: string[]) {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    for (const [index, text] of said.entries()) {
      await customer.says(text);
      await repliesTo(customer, index + 1);
    }
    await settled(product, tenantId);
    return { tenantId, customer, turns: await turnsOf(product, tenantId), prompts: agentPrompts(product, customer) };
  }

  it('sends each intent to its specialist, with its own tools and limits', async () => {
    const cases = [
      ['Quero comprar a cafeteira, quanto custa?', 'sales_prospecting', 'qualify_lead'],
      ['Quero cancelar minha assinatura', 'retention_churn', 'predict_churn_risk'],
      ['Minha cafeteira não liga mais, aparece um erro', 'support_technical', 'search_documents'],
      ['Preciso da segunda via do boleto', 'support_billing', 'search_documents'],
      ['Bom dia! Vocês abrem no sábado?', 'balanced', 'update_contact'],
    ] as const;
    for (const [said, key, tool] of cases) {
      const { turns } = await conversation(said);
      const [turn] = turns;
      assert.equal(turn?.agent, key, said);
      assert.equal(turn.agentVersionId, null);
      assert.ok(turn.agentId);
      assert.ok(turn.toolsOffered.includes(tool), `${key}: ${turn.toolsOffered.join(' ')}`);
      assert.equal(turn.outcome, 'replied', said);
    }
    const limits = (sign: string) =>
      product.simulator
        .requests('openai')
        .map(({ body }) => body as { max_completion_tokens?: number; messages?: { content: string }[] })
        .filter(({ messages }) => messages?.[0]?.content.includes(sign))
        .map(({ max_completion_tokens: limit }) => limit);
    assert.deepEqual([...new Set(limits('cuida de vendas'))], [1024]);
    assert.deepEqual([...new Set(limits('cuida do suporte técnico'))], [2048]);
  });

  it('keeps the specialist while the intent stays, and changes it with the intent', async () => {
    const { turns } = await conversation(
      'Preciso da segunda via do boleto',
      'ok',
      'e qual é o vencimento?',
      'Aliás, minha cafeteira não liga, dá erro',
    );
    assert.deepEqual(
      turns.map(({ agent, routeReason }) => [agent, routeReason]),
      [
        ['support_billing', 'intent'],
        ['support_billing', 'kept'],
        ['support_billing', 'kept'],
        ['support_technical', 'intent'],
      ],
    );
  });

  it('speaks in the language of the customer, and in the same voice whoever answers', async () => {
    const english = await conversation('Hi, my coffee machine does not turn on, it shows an error');
    assert.match(english.customer.replies()[0]?.text ?? '', /Since when/);
    const spanish = await conversation('Hola, quiero cancelar mi suscripción');
    assert.match(spanish.customer.replies()[0]?.text ?? '', /cancelar\?/);
    const voice = builtInProfile('coordinator')?.instructions ?? '';
    for (const [system] of [...english.prompts, ...spanish.prompts]) assert.ok(system?.content?.includes(voice));
  });

  it('answers with the version of a tenant, and keeps the one it began with when that is deleted in mid-turn', async () => {
    const { tenantId } = await product.newShop();
    const base = builtInProfile('support_billing');
    assert.ok(base);
    const profile = { ...base, instructions: 'Assine sempre como Financeiro da Loja.', temperature: 0.1 };
    const versionId = newId();
    await product.db.withTenant(tenantId, async (tx) => {
      const agent = await tx.agent.findFirstOrThrow({ where: { tenantId, key: 'support_billing' } });
      await tx.agentVersion.create({
        data: {
          id: versionId,
          tenantId,
          agentId: agent.id,
          number: 1,
          profile: JSON.parse(JSON.stringify(profile)),
          isActive: true,
        },
      });
    });
    // The model calls a tool first; while it does, the version goes.
    product.simulator.fault('openai', { kind: 'delay', ms: 700 }, { matchPath: 'chat/completions' });
    const customer = newCustomer(product);
    await customer.says('Preciso da segunda via do boleto');
    await eventually('the turn', async () => (await turnsOf(product, tenantId))[0]);
    await product.db.withTenant(tenantId, (tx) =>
      tx.agentVersion.update({
        where: { tenantId_id: { tenantId, id: versionId } },
        data: { isActive: false, deletedAt: new Date() },
      }),
    );
    await repliesTo(customer, 1);
    product.simulator.clearFaults();
    await settled(product, tenantId);
    const [turn] = await turnsOf(product, tenantId);
    assert.equal(turn?.agentVersionId, versionId);
    for (const [system] of agentPrompts(product, customer)) assert.match(system?.content ?? '', /Financeiro da Loja/);
    await customer.says('E o boleto de agora?');
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    assert.equal((await turnsOf(product, tenantId))[1]?.agentVersionId, null);
  });
});
