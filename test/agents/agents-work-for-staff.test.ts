import assert from 'node:assert/strict';
import { ALL_SCOPES, type Scope } from '../../core/accounts/scopes';
import { changeApprovalSettings } from '../../core/agents/approvals/settings';
import { requestRun } from '../../core/agents/runs/request';
import { loadRun, type LoadedRun } from '../../core/agents/runs/store';
import { createVersion } from '../../core/agents/team/versions';
import { isAppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { eraseContact } from '../../core/memory/forgetting/erase-contact';
import { requestErasure } from '../../core/memory/forgetting/erasures';
import { executeTool } from '../../core/tools/execute';
import type { ScriptedRule } from '../../simulator';
import { agentRunWorkflowId } from '../../workflows/agent-run/ids';
import { newMessage, newThread } from '../api/fixtures';
import { scheduledActivities } from '../journeys/support';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';

const plan = (...queries: [string, Record<string, unknown>][]) => ({
  queries: queries.map(([tool, given]) => ({ tool, arguments_json: JSON.stringify(given), why: 'porque sim' })),
});

describe('agents work for staff', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  const script = (...rules: ScriptedRule[]) => product.simulator.script({ language: { rules } });

  async function asked(
    key: string,
    question: string,
    of: { tenantId?: string; contactId?: string; scopes?: readonly Scope[] } = {},
  ) {
    const tenantId = of.tenantId ?? (await product.newShop()).tenantId;
    const { runId } = await product.db.withTenant(tenantId, (tx) =>
      requestRun(tx, {
        tenantId,
        agent: { key },
        question,
        contactId: of.contactId ?? null,
        authority: { via: 'rest', userId: null, keyId: null, scopes: of.scopes ?? ALL_SCOPES },
      }),
    );
    return { tenantId, run: await ended(tenantId, runId) };
  }

  function ended(tenantId: string, runId: string): Promise<LoadedRun> {
    return eventually('the end of the run', async () => {
      const run = await product.db.withTenant(tenantId, (tx) => loadRun(tx, { tenantId, runId }));
      return run.status === 'done' || run.status === 'failed' ? run : null;
    });
  }

  const calls = ({ answers }: LoadedRun) => answers.flatMap((answer) => answer.calls);
  const kinds = ({ answers }: LoadedRun) => answers.map(({ kind }) => kind);

  async function lead(said: string) {
    const { tenantId } = await product.newShop();
    const thread = await newThread(product.db, tenantId);
    await newMessage(product.db, tenantId, thread, { text: said });
    return { tenantId, ...thread };
  }
  const READY = 'Quero comprar a cafeteira, orçamento de R$ 900, decido eu e preciso para esta semana';

  it('the BI manager plans all its queries, runs them in order and answers with what they said', async () => {
    script(
      {
        match: { schemaName: 'agent_plan' },
        json: plan(
          ['get_leads_count', { period: 'month', status: 'all' }],
          ['get_leads_count', { period: 'month', status: 'qualified' }],
        ),
      },
      { match: { hasToolResult: true }, text: 'Tivemos 0 leads no mês, 0 qualificados.' },
    );
    const { tenantId, run } = await asked('bi_manager', 'Quantos leads tivemos?');
    assert.deepEqual([run.status, run.answer], ['done', 'Tivemos 0 leads no mês, 0 qualificados.']);
    assert.deepEqual(kinds(run), ['plan', 'answer']);
    assert.deepEqual(
      calls(run).map(({ callId, tool }) => [tool, run.results[callId]]),
      [
        ['get_leads_count', { output: { count: 0, period: 'month', status: 'all' } }],
        ['get_leads_count', { output: { count: 0, period: 'month', status: 'qualified' } }],
      ],
    );
    const activities = await scheduledActivities(product.client, agentRunWorkflowId({ tenantId, runId: run.id }));
    assert.deepEqual(
      activities.map(({ type }) => type),
      ['prepareAgentRun', 'askRunModel', 'get_leads_count', 'get_leads_count', 'askRunModel', 'finishAgentRun'],
    );
    const audited = await product.db.withTenant(tenantId, (tx) => tx.toolCall.findMany({ where: { tenantId } }));
    assert.deepEqual(
      audited.map(({ via, status }) => [via, status]),
      [
        ['agent', 'done'],
        ['agent', 'done'],
      ],
    );
  });

  it('a plan with faults is made once more, and what is wrong again stays out', async () => {
    const faulty = plan(['get_leads_count', { period: 'century' }], ['drop_tables', {}]);
    script(
      { match: { schemaName: 'agent_plan', hasToolResult: false }, json: faulty },
      {
        match: { schemaName: 'agent_plan' },
        json: plan(['get_leads_count', { period: 'week', status: 'all' }], ['drop_tables', {}]),
      },
      { match: {}, text: 'Nenhum lead na semana.' },
    );
    const { run } = await asked('bi_manager', 'Quantos leads?');
    assert.deepEqual([run.status, kinds(run)], ['done', ['plan', 'plan', 'answer']]);
    assert.deepEqual(
      calls(run).map(({ tool, refusal }) => [tool, refusal === null]),
      [
        ['get_leads_count', false],
        ['drop_tables', false],
        ['get_leads_count', true],
        ['drop_tables', false],
      ],
    );
    assert.equal(Object.keys(run.results).length, 1);
  });

  it('an agent asks another as a tool, with what is left of one bound, and no deeper than two', async () => {
    const { tenantId } = await product.newShop();
    // One that would ask itself for ever.
    await product.db.withTenant(tenantId, async (tx) => {
      const { id: agentId } = await tx.agent.findFirstOrThrow({ where: { tenantId, key: 'bi_manager' } });
      const changes = { tools: ['ask_bi_manager', 'get_leads_count'] };
      await createVersion(tx, tenantId, { agentId, changes, note: null, createdBy: null, isActive: true });
    });
    script(
      { match: { schemaName: 'agent_plan' }, json: plan(['ask_bi_manager', { question: 'Quantos leads?' }]) },
      { match: {}, text: 'Perguntei a quem sabe.' },
    );
    const { run } = await asked('bi_manager', 'Quantos leads?', { tenantId });
    assert.equal(run.status, 'done');
    const tree = await product.db.withTenant(tenantId, (tx) =>
      tx.agentRun.findMany({ where: { tenantId }, orderBy: { depth: 'asc' } }),
    );
    assert.deepEqual(
      tree.map(({ depth, status }) => [depth, status]),
      [
        [0, 'done'],
        [1, 'done'],
        [2, 'done'],
      ],
    );
    const used = tree.reduce((sum, { answers }) => sum + (answers as unknown[]).length, 0);
    const left = tree.reduce((sum, { modelCallsLeft }) => sum + modelCallsLeft, 0);
    assert.equal(used + left, 12);
    const deepest = await product.db.withTenant(tenantId, (tx) =>
      loadRun(tx, { tenantId, runId: tree.at(-1)?.id ?? '' }),
    );
    assert.match(calls(deepest)[0]?.refusal ?? '', /deep/);
  });

  it('a model that calls tools for ever is made to answer, and one that says nothing fails with a code', async () => {
    script({ match: {}, toolCalls: [{ name: 'get_agents', arguments: {} }] });
    const endless = await asked('agent_analyzer', 'Como estamos?');
    assert.deepEqual([endless.run.status, endless.run.errorCode], ['failed', 'RATE_LIMIT_EXCEEDED']);
    assert.equal(Object.keys(endless.run.results).length, 3);
    script({ match: {}, text: '' });
    const silent = await asked('agent_analyzer', 'Como estamos?');
    assert.deepEqual([silent.run.status, silent.run.errorCode], ['failed', 'MODEL_OUTPUT_INVALID']);
  });

  it('has the tools that whoever asks may call, and is refused where that is none', async () => {
    script({ match: {}, text: 'Certo.' });
    const { run } = await asked('agent_analyzer', 'Como estamos?', { scopes: ['analytics.view'] });
    assert.ok(!run.toolsOffered.includes('audit_agent_responses'), 'needs audit.view');
    assert.ok(run.toolsOffered.includes('compare_agents'));
    const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code;
    await assert.rejects(asked('agent_analyzer', 'Oi', { scopes: ['messages.send'] }), refusedWith('FORBIDDEN'));
    await assert.rejects(asked('support_billing', 'Oi'), refusedWith('INVARIANT_VIOLATION'));
    await assert.rejects(asked('nobody', 'Oi'), refusedWith('NOT_FOUND'));
    await assert.rejects(asked('sdr', 'Oi', { contactId: newId() }), refusedWith('NOT_FOUND'));
  });

  it('the SDR qualifies by what the lead said, and acts as the score allows', async () => {
    const bant = { budget: 10, authority: 10, need: 10, timeline: 10 };
    const act = (...toolCalls: NonNullable<ScriptedRule['toolCalls']>): ScriptedRule[] => [
      { match: { hasToolResult: false }, toolCalls },
      { match: {}, text: 'Veja a nota.' },
    ];
    const ana = async (tenantId: string) => {
      const person = {
        tenantId,
        id: newId(),
        name: 'Ana',
        type: 'human',
        role: 'human_agent',
        email: 'ana@loja.example.com',
      };
      await product.db.withTenant(tenantId, (tx) => tx.agent.create({ data: person }));
      return person.id;
    };
    const hot = await lead(READY);
    const seller = await ana(hot.tenantId);
    script(
      ...act(
        { name: 'qualify_lead', arguments: { bant } },
        { name: 'assign_to_agent', arguments: { agent_id: seller } },
      ),
    );
    const { run } = await asked('sdr', 'Qualifica esse lead?', hot);
    assert.equal(run.status, 'done');
    const { contact, conversation } = await product.db.withTenant(hot.tenantId, async (tx) => ({
      contact: await tx.contact.findFirstOrThrow({ where: { id: hot.contactId } }),
      conversation: await tx.conversation.findFirstOrThrow({ where: { id: hot.conversationId } }),
    }));
    assert.deepEqual([contact.leadScore, conversation.assignedAgentId], [100, seller]);

    const cold = await lead('Oi, quanto custa a cafeteira?');
    const other = await ana(cold.tenantId);
    const soon = new Date(Date.now() + 3600_000).toISOString();
    script(
      ...act(
        { name: 'qualify_lead', arguments: { score: 95 } },
        { name: 'assign_to_agent', arguments: { agent_id: other } },
        { name: 'create_follow_up_task', arguments: { scheduled_at: soon, message: 'Oi!' } },
      ),
    );
    const declined = await asked('sdr', 'Qualifica esse lead?', cold);
    const results = calls(declined.run).map(({ callId }) => declined.run.results[callId]);
    assert.deepEqual(
      results.slice(1).map((result) => result && 'rule' in result && result.rule),
      ['lead_action', 'lead_action'],
    );
    const after = await product.db.withTenant(cold.tenantId, (tx) =>
      tx.conversation.findFirstOrThrow({ where: { id: cold.conversationId } }),
    );
    assert.equal(after.assignedAgentId, null);
  });

  it('keeps to what the company set for single tools', async () => {
    const cold = await lead('Oi');
    await product.db.withTenant(cold.tenantId, (tx) =>
      changeApprovalSettings(tx, cold.tenantId, { toolPolicies: { qualify_lead: 'never' } }),
    );
    script(
      { match: { hasToolResult: false }, toolCalls: [{ name: 'qualify_lead', arguments: { score: 10 } }] },
      {
        match: {},
        text: 'Não pude.',
      },
    );
    const { run } = await asked('sdr', 'Qualifica?', cold);
    assert.deepEqual(
      Object.values(run.results).map((result) => 'rule' in result && result.rule),
      ['tool_never'],
    );
  });

  it('is asked by a tool, too, runs once, and its answer is read by another; without a script it answers by itself', async () => {
    product.simulator.script({});
    const { tenantId } = await product.newShop();
    const execute = (name: string, given: Record<string, unknown>) =>
      executeTool(product.deps, {
        tenantId,
        via: 'mcp',
        userId: null,
        keyId: null,
        scopes: ALL_SCOPES,
        name,
        arguments: given,
        idempotencyKey: `key-${name}`,
        isDryRun: false,
        signal: new AbortController().signal,
      });
    const question = 'Quantos leads qualificados tivemos e como foi o atendimento?';
    const first = await execute('ask_bi_manager', { question });
    const again = await execute('ask_bi_manager', { question });
    const runId = String(first.output['run_id']);
    assert.equal(again.output['run_id'], runId);
    const run = await ended(tenantId, runId);
    assert.equal(run.status, 'done', run.errorCode ?? '');
    const { output } = await execute('get_agent_run', { run_id: runId });
    assert.match(String(output['answer']), /"count":0/);
    const children = await product.db.withTenant(tenantId, (tx) =>
      tx.agentRun.findMany({ where: { tenantId, parentRunId: runId } }),
    );
    assert.deepEqual(
      children.map(({ agent, status, via }) => [agent, status, via]),
      [['agent_analyzer', 'done', 'agent']],
    );
  });

  it('forgets with the contact, also what a run about the company said of it, and writes nothing back', async () => {
    script(
      { match: { schemaName: 'agent_plan' }, json: plan(['get_contacts', {}]) },
      { match: { hasToolResult: true }, text: 'Um contato.' },
      { match: {}, text: 'Veja.' },
    );
    const { tenantId, contactId } = await lead('Oi');
    const authority = { via: 'rest', userId: null, keyId: null, scopes: ALL_SCOPES } as const;
    await product.db.withTenant(tenantId, async (tx) => {
      const { id: agentId } = await tx.agent.findFirstOrThrow({ where: { tenantId, key: 'bi_manager' } });
      const changes = { tools: ['get_contacts'] };
      await createVersion(tx, tenantId, { agentId, changes, note: null, createdBy: null, isActive: true });
    });
    const ofCompany = await asked('bi_manager', 'Quem são os contatos?', { tenantId });
    assert.match(JSON.stringify(ofCompany.run.results), new RegExp(contactId));
    await product.stopWorking();
    const { runId } = await product.db.withTenant(tenantId, (tx) =>
      requestRun(tx, { tenantId, agent: { key: 'sdr' }, question: 'Qualifica?', contactId, authority }),
    );
    const erasure = await product.db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }),
    );
    await eraseContact(product.db, { tenantId, erasureId: erasure.id });
    await product.startWorking();
    await eventually('the start of the workflow', () =>
      product.db.withSystem(
        async (tx) =>
          (await tx.outboxEvent.count({ where: { tenantId, status: { in: ['pending', 'processing'] } } })) === 0,
      ),
    );
    assert.equal(await product.client.workflow.getHandle(agentRunWorkflowId({ tenantId, runId })).result(), 'failed');
    const runs = await product.db.withTenant(tenantId, (tx) => tx.agentRun.findMany({ where: { tenantId } }));
    for (const { question, answers, results, answer } of runs)
      assert.deepEqual([question, answers, results, answer], ['', [], {}, null]);
    assert.deepEqual(runs.map(({ status }) => status).sort(), ['done', 'failed']);
  });
});
