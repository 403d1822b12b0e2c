import assert from 'node:assert/strict';
import { createVersion } from '../../core/agents/team/versions';
import { newId } from '../../core/ids';
import { requestErasure } from '../../core/memory/forgetting/erasures';
import { exportContact } from '../../core/memory/forgetting/export-contact';
import { changeBudget, createBudget } from '../../core/money/budgets';
import type { ScriptedRule } from '../../simulator';
import { getDayReplayProgress } from '../../workflows/day-replay/messages';
import { eventually } from '../support/eventually';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { startProduct, type Product } from '../support/product';
import { conversationOf, newCustomer, repliesTo, settled, turnsOf, type Customer } from './support';

const AS_IT_WAS = 'Vamos ver isso juntos: desde quando ela não liga?';
const search = (query: string) => ({ name: 'search_memory', arguments: { query } });

/** Told another prompt, the model acts otherwise: it searches for something else, opens a ticket and asks for a person. */
const REHEARSED: ScriptedRule[] = [
  {
    match: { systemMatches: 'Abra um chamado', hasToolResult: false },
    toolCalls: [
      search('cafeteira'),
      search('garantia'),
      {
        name: 'create_ticket',
        arguments: { subject: 'Cafeteira não liga', description: 'Não liga desde hoje', severity: 4 },
      },
      { name: 'escalate_to_human', arguments: { reason: 'Pediu visita', priority: 'high' } },
    ],
  },
  { match: { systemMatches: 'Abra um chamado' }, text: 'Abri um chamado e já chamei uma pessoa da equipe.' },
];
const RULES: ScriptedRule[] = [
  { match: { schemaName: 'facts' }, builtIn: true },
  ...REHEARSED,
  { match: { hasToolResult: false }, toolCalls: [search('cafeteira')] },
  { match: {}, text: AS_IT_WAS },
];

/** The ledger, the replays' own, and when a key was used last. */
const MAY_CHANGE = [
  'ai_costs',
  'budget_windows',
  'turn_replays',
  'turn_replay_steps',
  'turn_replay_batches',
  'api_keys',
];

describe('a replay changes nothing', () => {
  let product: Product;
  let api: TestApi;
  let shop: { tenantId: string; apiKey: string };
  let customer: Customer;
  let recordId: string;

  before(async () => {
    product = await startProduct({ script: { language: { rules: RULES } } });
    api = await startTestApi(product.environment);
    shop = await product.newShop();
    customer = newCustomer(product);
    await customer.says('Minha cafeteira não liga, dá erro');
    await repliesTo(customer, 1);
    await settled(product, shop.tenantId);
    const [record] = await turnsOf(product, shop.tenantId);
    assert.equal(record?.agent, 'support_technical');
    recordId = record.id;
  });
  after(async () => {
    await api.close();
    await product.stop();
  });

  const replayed = async (changes: object): Promise<Json> => {
    const request = { key: shop.apiKey, json: changes };
    const { status, body } = await api.request('POST', `/api/v1/decision-records/${recordId}/replay`, request);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.status, 'completed', JSON.stringify(body));
    return body;
  };

  /** Every table of the tenant as one sum of its rows. */
  const everything = () =>
    product.db.withTenant(shop.tenantId, async (tx) => {
      const tables = await tx.$queryRaw<{ name: string }[]>`
        select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
        where a.attname = 'tenant_id' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`;
      const sums: Record<string, string | null> = {};
      for (const { name } of tables.filter((table) => !MAY_CHANGE.includes(table.name))) {
        const [row] = await tx.$queryRawUnsafe<{ sum: string | null }[]>(
          `select md5(string_agg(t::text, '|' order by t::text)) as sum from "${name}" t`,
        );
        sums[name] = row?.sum ?? null;
      }
      return sums;
    });

  /** Vectors and facts of the turn may still be written. */
  const everythingAtRest = () =>
    eventually('the tables to be at rest', async () => {
      const before = await everything();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const after = await everything();
      return JSON.stringify(before) === JSON.stringify(after) && after;
    });

  it('answers as the turn did when nothing is different, from its record', async () => {
    const { before, after, difference } = await replayed({});
    assert.equal(after.reply, AS_IT_WAS);
    assert.deepEqual(after.tools, before.tools);
    assert.equal(after.tools[0].source, 'record');
    assert.ok(before.cost_micros > 0);
    const none = { outcome: false, reply: false, tools_added: [], tools_missing: [], cost_micros: 0 };
    assert.deepEqual(difference, none);
  });

  it('rehearses what another prompt does, and leaves every other table as it was', async () => {
    const before = await everythingAtRest();
    const costs = () => product.db.withTenant(shop.tenantId, (tx) => tx.aiCost.count());
    const paid = await costs();
    const { after, difference } = await replayed({ prompt: 'Abra um chamado para cada problema.' });
    const called = after.tools.map(({ tool, status, source }: Json) => [tool, status, source]);
    assert.deepEqual(called, [
      ['search_memory', 'done', 'record'],
      ['search_memory', 'done', 'read'],
      ['create_ticket', 'done', 'dry_run'],
      ['escalate_to_human', 'done', 'dry_run'],
    ]);
    assert.equal(after.outcome, 'handed_over');
    assert.equal(after.reply, 'Abri um chamado e já chamei uma pessoa da equipe.');
    assert.deepEqual(difference.tools_added, ['search_memory', 'create_ticket', 'escalate_to_human']);
    assert.deepEqual(difference.tools_missing, []);
    assert.ok(difference.outcome && difference.reply && difference.cost_micros > 0);
    assert.ok((await costs()) > paid, 'the ledger has what it cost');
    assert.deepEqual(await everything(), before);
    assert.equal(customer.replies().length, 1);
    const { body } = await api.request('GET', `/api/v1/decision-records/${recordId}`, { key: shop.apiKey });
    assert.equal(body.steps.length, 3, 'the record is that of the turn alone');
  });

  it('takes another model, and another agent with its own tools', async () => {
    const other = await replayed({ model: 'openai/gpt-6.1-sol' });
    assert.equal(other.after.model, 'gpt-6.1-sol');
    assert.notEqual(other.before.model, other.after.model);
    assert.notEqual(other.difference.cost_micros, 0);
    const { id } = await product.db.withTenant(shop.tenantId, async (tx) => {
      const { id: agentId } = await tx.agent.findFirstOrThrow({ where: { tenantId: shop.tenantId, key: 'balanced' } });
      const changes = { tools: ['get_contact'] };
      return createVersion(tx, shop.tenantId, { agentId, changes, note: null, createdBy: null, isActive: false });
    });
    const { after } = await replayed({ agent_version_id: id });
    assert.equal(after.agent, 'balanced');
    assert.deepEqual([after.tools[0].tool, after.tools[0].status], ['search_memory', 'refused']);
  });

  it('is refused for a model nobody knows and a version nobody has', async () => {
    const path = `/api/v1/decision-records/${recordId}/replay`;
    const unknown = await api.request('POST', path, { key: shop.apiKey, json: { model: 'oracle' } });
    assert.deepEqual([unknown.status, unknown.body.code], [422, 'VALIDATION_ERROR']);
    const missing = await api.request('POST', path, { key: shop.apiKey, json: { agent_version_id: newId() } });
    assert.equal(missing.status, 404);
  });

  it('replays the turns of a day, and says how far it is', async () => {
    await customer.says('E a garantia dela?');
    await repliesTo(customer, 2);
    await settled(product, shop.tenantId);
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Sao_Paulo' }).format(new Date());
    const asked = { day, prompt: 'Abra um chamado para cada problema.' };
    const started = await api.request('POST', '/api/v1/day-replays', { key: shop.apiKey, json: asked });
    assert.equal(started.status, 202, JSON.stringify(started.body));
    const { id, workflow_id: workflowId } = started.body;
    const progress = product.client.workflow.getHandle(workflowId).query(getDayReplayProgress);
    assert.ok(['replaying', 'done'].includes((await progress).phase));
    const done = await eventually('the end of the day', async () => {
      const { body } = await api.request('GET', `/api/v1/day-replays/${id}`, { key: shop.apiKey });
      return body.status !== 'running' && body;
    });
    const { status, turns, replayed: count, failed, changed } = done;
    assert.deepEqual(
      { status, turns, count, failed, changed },
      { status: 'completed', turns: 2, count: 2, failed: 0, changed: 2 },
    );
    assert.ok(done.cost_difference_micros > 0);
    const { body: list } = await api.request('GET', `/api/v1/replays?batch_id=${id}`, { key: shop.apiKey });
    assert.equal(list.data.length, 2);
  });

  it('stops at a spent budget', async () => {
    const { tenantId } = shop;
    const spent = { scope: 'tenant', period: 'day', capMicros: 0 } as const;
    const { id: budgetId } = await product.db.withTenant(tenantId, (tx) => createBudget(tx, tenantId, spent));
    const { body } = await api.request('POST', `/api/v1/decision-records/${recordId}/replay`, {
      key: shop.apiKey,
      json: {},
    });
    assert.equal(body.status, 'failed');
    assert.match(body.error_code, /^BUDGET_/);
    await product.db.withTenant(tenantId, (tx) => changeBudget(tx, tenantId, budgetId, { capMicros: 10_000_000 }));
  });

  it('does not bring back what was forgotten', async () => {
    const { tenantId } = shop;
    const { contactId } = await conversationOf(product, tenantId);
    let exported = '';
    for await (const piece of exportContact(product.db, { tenantId, contactId })) exported += piece;
    const steps = await product.db.withTenant(tenantId, (tx) => tx.turnReplayStep.count());
    assert.ok(steps > 0);
    assert.equal(JSON.parse(exported).turn_replay_steps?.length, steps, 'until then they are exported with the rest');
    await product.db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }),
    );
    const isErased = () =>
      product.db.withTenant(tenantId, (tx) => tx.memoryErasure.findFirst({ where: { tenantId, status: 'completed' } }));
    await eventually('the erasure', isErased, 60_000);
    assert.equal(await product.db.withTenant(tenantId, (tx) => tx.turnReplay.count()), 0);
    const { status, body } = await api.request('POST', `/api/v1/decision-records/${recordId}/replay`, {
      key: shop.apiKey,
      json: {},
    });
    assert.deepEqual([status, body.code], [412, 'PRECONDITION_FAILED']);
  });
});
