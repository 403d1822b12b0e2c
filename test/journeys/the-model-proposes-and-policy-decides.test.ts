import assert from 'node:assert/strict';
import { handOverMessage } from '../../core/agents/prompts';
import type { ScriptedRule, SimulatorScript } from '../../simulator';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, conversationOf, newCustomer, repliesTo, settled, turnsOf } from './support';

type ToolCall = NonNullable<ScriptedRule['toolCalls']>[number];

/** Facts are extracted as always; the agent calls `calls` first and then says `text`. */
function callThenSay(calls: ToolCall[], text: string): SimulatorScript {
  return {
    language: {
      rules: [
        { match: { schemaName: 'facts' }, builtIn: true },
        { match: { hasToolResult: false }, toolCalls: calls },
        { match: { hasToolResult: true }, text },
      ],
    },
  };
}

describe('the model proposes and policy decides', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  async function oneTurn(script: SimulatorScript, said = 'Oi, preciso de ajuda') {
    product.simulator.script(script);
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says(said);
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const [turn] = await turnsOf(product, tenantId);
    const steps = await product.db.withTenant(tenantId, (tx) =>
      tx.decisionStep.findMany({ where: { tenantId, kind: 'tool' }, orderBy: [{ step: 'asc' }, { id: 'asc' }] }),
    );
    return { tenantId, customer, turn, steps, prompts: agentPrompts(product, customer) };
  }

  it('sends the closing line of a model that asked for a person, and nothing after it', async () => {
    const closing = 'Já chamei a nossa equipe, alguém continua com você.';
    const { tenantId, customer, turn } = await oneTurn(
      callThenSay([{ name: 'escalate_to_human', arguments: { reason: 'quer reembolso', priority: 'high' } }], closing),
    );
    assert.deepEqual(
      customer.replies().map(({ text }) => text),
      [closing],
    );
    assert.equal(turn?.outcome, 'handed_over');
    const conversation = await conversationOf(product, tenantId);
    assert.equal(conversation.handler, 'waiting');
    assert.match(conversation.handlerReason ?? '', /quer reembolso/);

    await customer.says('Obrigado, aguardo');
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 1);
    assert.equal((await turnsOf(product, tenantId)).length, 1);
  });

  it('lets update_contact change what the customer may change, and no other field', async () => {
    const { tenantId, steps, prompts } = await oneTurn(
      callThenSay(
        [
          { name: 'update_contact', arguments: { language: 'pt-BR', email: 'Marina@Example.com' } },
          { name: 'update_contact', arguments: { phone: '+5511900000000', tags: ['vip'] } },
        ],
        'Anotado!',
      ),
    );
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['done', 'refused'],
    );
    const contact = await product.db.withTenant(tenantId, (tx) => tx.contact.findFirstOrThrow({ where: { tenantId } }));
    assert.equal(contact.language, 'pt-BR');
    assert.equal(contact.email, 'marina@example.com');
    assert.notEqual(contact.phone, '+5511900000000');
    assert.deepEqual(contact.tags, ['whatsapp']);
    const told = prompts.at(-1)?.filter(({ role }) => role === 'tool');
    assert.match(
      told?.[1]?.content ?? '',
      /arguments are wrong: arguments\.phone: there is no such argument; arguments\.tags/,
    );
  });

  it('refuses an unknown tool and malformed arguments and tells the model', async () => {
    const { customer, turn, steps, prompts } = await oneTurn(
      callThenSay(
        [
          { name: 'give_refund', arguments: { amount: 500 } },
          { name: 'search_memory', arguments: '{"query": ' },
          { name: 'constructor', arguments: {} },
        ],
        'Não consigo fazer isso.',
      ),
    );
    assert.deepEqual(
      steps.map(({ tool, status, errorCode }) => [tool, status, errorCode]),
      [
        ['give_refund', 'refused', 'VALIDATION_ERROR'],
        ['search_memory', 'refused', 'VALIDATION_ERROR'],
        ['constructor', 'refused', 'VALIDATION_ERROR'],
      ],
    );
    const told = prompts.at(-1)?.flatMap(({ role, content }) => (role === 'tool' ? [content ?? ''] : [])) ?? [];
    assert.match(told[0] ?? '', /no tool give_refund/);
    assert.match(told[1] ?? '', /not JSON/);
    assert.match(told[2] ?? '', /no tool constructor/);
    assert.equal(turn?.outcome, 'replied');
    assert.equal(customer.replies()[0]?.text, 'Não consigo fazer isso.');
  });

  it('stops a model that asks the same thing for ever after three calls, and hands over', async () => {
    const { tenantId, customer, turn, steps } = await oneTurn({
      language: {
        rules: [
          { match: { schemaName: 'facts' }, builtIn: true },
          { match: {}, toolCalls: [{ name: 'get_contact_facts', arguments: {} }] },
        ],
      },
    });
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['done', 'done', 'done', 'refused'],
    );
    assert.equal(turn?.outcome, 'handed_over');
    assert.equal(turn?.outcomeReason, 'tool_limit');
    assert.equal(customer.replies()[0]?.text, handOverMessage('tool_limit', 'pt'));
    assert.equal((await conversationOf(product, tenantId)).handler, 'waiting');
  });

  it('stops a model that goes on calling different tools after twenty calls, and hands over', async () => {
    const batch = (round: number): ToolCall[] =>
      Array.from({ length: 7 }, (_, index) => ({
        name: 'search_memory',
        arguments: { query: `busca ${round}-${index}` },
      }));
    product.simulator.clearFaults();
    const { turn, steps } = await oneTurn({
      language: {
        rules: [{ match: { schemaName: 'facts' }, builtIn: true }],
        replies: [1, 2, 3].map((round) => ({ toolCalls: batch(round) })),
      },
    });
    const count = (status: string) => steps.filter((step) => step.status === status).length;
    assert.equal(count('done'), 20);
    assert.equal(count('refused'), 1);
    assert.equal(turn?.outcome, 'handed_over');
    assert.equal(turn?.outcomeReason, 'tool_limit');
  });
});
