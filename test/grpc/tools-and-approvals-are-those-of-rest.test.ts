import assert from 'node:assert/strict';
import * as agent from '../../api/grpc/generated/ventros/agent/v1/agent';
import { APPROVAL_STATUSES, APPROVAL_VERBS } from '../../core/agents/approvals/types';
import { newId } from '../../core/ids';
import { newEverything, newThread } from '../api/fixtures';
import { newTenant } from '../support/tenant';
import { unclearMessage } from '../support/unclear-message';
import { fails, startBothEdges, type BothEdges } from './both-edges';
import { callerOf, keyWith } from './services';

describe('tools, routes and approvals over gRPC are those of REST', () => {
  let edges: BothEdges;
  let api: BothEdges['api'];
  let services: BothEdges['services'];
  let tenant: BothEdges['tenant'];
  let ids: BothEdges['ids'];
  let rest: BothEdges['rest'];
  before(async () => {
    edges = await startBothEdges();
    ({ api, services, tenant, ids, rest } = edges);
  });
  after(() => edges.stop());

  const callAgent = (key = tenant.apiKey) => callerOf(services.agent, key);

  function inTenant<T>(work: Parameters<typeof api.deps.db.withTenant<T>>[1]): Promise<T> {
    return api.deps.db.withTenant(tenant.tenantId, work);
  }

  describe('tools', () => {
    const execute = (request: Partial<agent.ExecuteToolRequest>, key?: string) =>
      callAgent(key)(services.agent.executeTool, agent.ExecuteToolRequest.fromPartial(request));

    it('lists the tools of the registry, with their forms, as far as the key goes', async () => {
      const { tools } = await callAgent()(services.agent.listTools, agent.ListToolsRequest.fromPartial({}));
      const { data } = await rest('GET', '/api/v1/mcp/tools');
      const names = ({ name }: { name: string }) => name;
      assert.deepEqual(tools.map(names), data.map(names));
      const ofRest = data.find(({ name }: { name: string }) => name === 'create_retention_offer');
      const ofGrpc = tools.find(({ name }) => name === 'create_retention_offer');
      assert.deepEqual(ofGrpc?.inputSchema, ofRest.input_schema);
      assert.deepEqual(ofGrpc?.outputSchema, ofRest.output_schema);
      assert.equal(ofGrpc?.approval[0]?.limit, ofRest.approval[0].limit);

      const key = await keyWith(api.deps.db, tenant, ['memory.view']);
      const few = await callAgent(key)(services.agent.listTools, agent.ListToolsRequest.fromPartial({}));
      assert.deepEqual([...new Set(few.tools.map(({ scope }) => scope))], ['memory.view']);
    });

    it('a call has the answer of REST, is dry when asked, and happens once with one key', async () => {
      const contact = { contact_id: ids.contactId };
      const byGrpc = await execute({ toolName: 'get_contact', arguments: contact });
      const byRest = await rest('POST', '/api/v1/mcp/execute', { tool_name: 'get_contact', arguments: contact });
      assert.deepEqual(byGrpc.result, byRest.result);

      const tags = async () => (await rest('GET', `/api/v1/contacts/${ids.contactId}`)).tags;
      const change = { toolName: 'add_tag', arguments: { ...contact, tags: ['grpc'], operation: 'add' } };
      const rehearsed = await execute({ ...change, dryRun: true });
      assert.deepEqual([rehearsed.dryRun, rehearsed.result?.['tags'], await tags()], [true, ['grpc'], []]);
      const idempotencyKey = newId();
      const done = await execute({ ...change, idempotencyKey });
      assert.deepEqual([done.toolName, done.replayed, await tags()], ['tag_contact', false, ['grpc']]);
      const again = await execute({ ...change, idempotencyKey });
      assert.deepEqual([again.callId, again.replayed], [done.callId, true]);
      await fails(
        execute({ ...change, arguments: { ...change.arguments, tags: ['outra'] }, idempotencyKey }),
        'INVALID_ARGUMENT',
        'IDEMPOTENCY_KEY_REUSED',
      );
      const audited = await inTenant((tx) => tx.toolCall.findFirstOrThrow({ where: { id: done.callId } }));
      assert.deepEqual([audited.via, audited.userId], ['grpc', tenant.userId]);
    });

    it('refuses with the codes of REST', async () => {
      await fails(execute({ toolName: 'give_refund' }), 'NOT_FOUND', 'NOT_FOUND');
      await fails(execute({}), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'tool_name');
      await fails(execute({ toolName: 'get_contact' }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'arguments.contact_id');
      const args = { contact_id: ids.contactId, name: 'a\0b' };
      await fails(execute({ toolName: 'update_contact', arguments: args }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR');
      const notANumber = { contact_id: ids.contactId, limit: NaN };
      await fails(execute({ toolName: 'get_messages', arguments: notANumber }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR');
      const seller = await keyWith(api.deps.db, tenant, ['contacts.manage', 'contacts.view']);
      await fails(execute({ toolName: 'search_memory' }, seller), 'PERMISSION_DENIED', 'FORBIDDEN');
      const much = { contact_id: ids.contactId, discount_percent: 50, duration_months: 1, reason: 'preço' };
      await fails(
        execute({ toolName: 'create_retention_offer', arguments: much }, seller),
        'PERMISSION_DENIED',
        'FORBIDDEN',
      );
    });
  });

  describe('the choice of the agent', () => {
    const route = (message: string, conversationId = '', key?: string) =>
      callAgent(key)(services.agent.routeToAgent, agent.RouteToAgentRequest.fromPartial({ message, conversationId }));

    it('says the intent, the agent and why, as a turn would find them, and stores nothing', async () => {
      const billing = await route('Meu boleto veio com valor errado, quero a segunda via');
      assert.deepEqual(
        [billing.intent, billing.agentKey, billing.routeReason],
        ['support_billing', 'support_billing', 'intent'],
      );
      assert.ok(billing.confidence >= 0.7 && billing.confidence === billing.scores['support_billing']);
      const version = await inTenant((tx) => tx.agentVersion.findFirst({ where: { agentId: billing.agentId } }));
      assert.equal(billing.agentVersion, version?.number);

      const nothing = await route(await unclearMessage());
      assert.deepEqual([nothing.intent, nothing.agentKey, nothing.unsure], ['general', 'balanced', true]);
      const threat = await route('Isso é fraude! Vou chamar meu advogado e o Procon');
      assert.ok(threat.escalations.some(({ rule }) => rule === 'complaint_severity'));
      assert.equal(await inTenant((tx) => tx.decisionRecord.count()), 1);
    });

    it('hears what was said before in the conversation, and needs the right to read it', async () => {
      const thread = await newThread(api.deps.db, tenant.tenantId);
      const { conversationId, sessionId } = thread;
      const { id: agentId } = await inTenant((tx) => tx.agent.findFirstOrThrow({ where: { key: 'support_billing' } }));
      await inTenant(async (tx) => {
        const group = { id: newId(), tenantId: tenant.tenantId, conversationId, sessionId, handlerVersion: 1 };
        await tx.messageGroup.create({ data: group });
        await tx.decisionRecord.create({
          data: {
            ...{ id: newId(), tenantId: tenant.tenantId, groupId: group.id, conversationId },
            ...{ agent: 'support_billing', agentId, intent: 'support_billing', intentConfidence: 0.95 },
            ...{ workflowId: 'workflow', runId: 'run' },
          },
        });
      });
      const alone = await route('ok');
      assert.deepEqual([alone.intent, alone.inherited], ['general', false]);
      const after = await route('ok', conversationId);
      assert.deepEqual([after.intent, after.inherited, after.routeReason], ['support_billing', true, 'kept']);
      const member = await keyWith(api.deps.db, tenant, ['members.view']);
      assert.equal((await route('ok', '', member)).agentKey, 'balanced');
      await fails(route('ok', conversationId, member), 'PERMISSION_DENIED', 'FORBIDDEN');
      await fails(route(' '), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'message');
    });
  });

  describe('approvals', () => {
    it('have on the wire every status and decision there is', () => {
      const names = (wire: object, prefix: string) =>
        Object.keys(wire).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length).toLowerCase()] : []));
      assert.deepEqual(
        names(agent.ApprovalStatus, 'APPROVAL_STATUS_').sort(),
        [...APPROVAL_STATUSES, 'unspecified'].sort(),
      );
      assert.deepEqual(names(agent.ApprovalVerb, 'APPROVAL_VERB_').sort(), [...APPROVAL_VERBS, 'unspecified'].sort());
    });

    it('are listed in pages and decided once', async () => {
      const own = await newTenant(api.deps.db);
      const call = callerOf(services.agent, own.apiKey);
      const { approvalId } = await newEverything(api.deps.db, own.tenantId);
      await api.deps.db.withTenant(own.tenantId, async (tx) => {
        const { id: _id, editedInput: _none, ...row } = await tx.approval.findFirstOrThrow();
        await tx.approval.create({ data: { ...row, id: newId(), callId: 'another', input: {} } });
      });
      const list = (request: Partial<agent.ListApprovalsRequest>) =>
        call(services.agent.listApprovals, agent.ListApprovalsRequest.fromPartial(request));
      const resolve = (request: Partial<agent.ResolveApprovalRequest>) =>
        call(services.agent.resolveApproval, agent.ResolveApprovalRequest.fromPartial({ approvalId, ...request }));
      const first = await list({ pageSize: 1, status: agent.ApprovalStatus.APPROVAL_STATUS_PENDING });
      const second = await list({ pageSize: 1, pageToken: first.nextPageToken });
      assert.deepEqual([first.approvals.length, second.approvals[0]?.approvalId], [1, approvalId]);
      assert.equal(second.nextPageToken, '');
      const path = `/api/v1/approvals?limit=1&cursor=${first.nextPageToken}`;
      const { body } = await api.request('GET', path, { key: own.apiKey });
      assert.equal(body.data[0].id, approvalId, 'a token is the cursor of REST');

      await fails(resolve({ verb: 0 }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'verb');
      await fails(resolve({ verb: 4 }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'response');
      const { approval } = await resolve({ verb: agent.ApprovalVerb.APPROVAL_VERB_RESPOND, response: 'Só até 10 %' });
      assert.deepEqual(
        [approval?.status, approval?.response],
        [agent.ApprovalStatus.APPROVAL_STATUS_RESPONDED, 'Só até 10 %'],
      );
      assert.equal(approval?.resolvedBy, own.userId);
      await fails(
        resolve({ verb: agent.ApprovalVerb.APPROVAL_VERB_APPROVE }),
        'FAILED_PRECONDITION',
        'APPROVAL_RESOLVED',
      );
      assert.deepEqual((await list({ status: agent.ApprovalStatus.APPROVAL_STATUS_PENDING })).approvals.length, 1);
      await fails(
        list({ status: agent.ApprovalStatus.UNRECOGNIZED }),
        'INVALID_ARGUMENT',
        'VALIDATION_ERROR',
        'status',
      );
      await fails(list({ pageSize: 101 }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'page_size');
      await fails(list({ pageToken: 'YWJj.ZGVm' }), 'INVALID_ARGUMENT', 'CURSOR_INVALID');
    });
  });
});
