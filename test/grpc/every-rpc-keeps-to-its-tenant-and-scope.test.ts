import assert from 'node:assert/strict';
import { status as grpcStatus, type Client, type ServiceError } from '@grpc/grpc-js';
import * as agent from '../../api/grpc/generated/ventros/agent/v1/agent';
import * as analytics from '../../api/grpc/generated/ventros/analytics/v1/analytics';
import * as crm from '../../api/grpc/generated/ventros/crm/v1/crm';
import { ALL_SCOPES, type Scope } from '../../core/accounts/scopes';
import { newEverything } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { withKey } from './server';
import { keyWith, startServices, type RunningServices } from './services';

type Ids = Record<string, string | undefined>;

interface RpcCase {
  /** Null: any good key. */
  scope: Scope | null;
  /** A request that is answered when the ids are one's own. */
  request(ids: Ids): object;
  /**
   * `not_found`: each id of another tenant, one at a time, is NOT_FOUND. `nothing`: the answer shows nothing of another tenant's
   * ids, whether they were asked for or not.
   */
  foreign: 'not_found' | 'nothing';
}

const SERVICES = {
  agent: agent.AgentServiceService,
  analytics: analytics.AnalyticsServiceService,
  crm: crm.CrmServiceService,
};

/** Every method of the services. A new one must be added here, or the test fails. */
const CASES: Record<keyof typeof SERVICES, Record<string, RpcCase>> = {
  agent: {
    listTools: { scope: null, foreign: 'nothing', request: () => agent.ListToolsRequest.fromPartial({}) },
    executeTool: {
      scope: null,
      foreign: 'not_found',
      request: ({ contactId }) =>
        agent.ExecuteToolRequest.fromPartial({ toolName: 'get_contact', arguments: { contact_id: contactId } }),
    },
    routeToAgent: {
      scope: 'members.view',
      foreign: 'not_found',
      request: ({ conversationId }) =>
        agent.RouteToAgentRequest.fromPartial({ message: 'E o boleto?', conversationId }),
    },
    listApprovals: {
      scope: 'audit.view',
      foreign: 'nothing',
      request: ({ conversationId }) => agent.ListApprovalsRequest.fromPartial({ conversationId }),
    },
    resolveApproval: {
      scope: 'members.manage',
      foreign: 'not_found',
      request: ({ approvalId }) =>
        agent.ResolveApprovalRequest.fromPartial({
          approvalId,
          verb: agent.ApprovalVerb.APPROVAL_VERB_REJECT,
          reason: 'não',
        }),
    },
  },
  analytics: {
    getContactStats: {
      scope: 'contacts.view',
      foreign: 'not_found',
      request: ({ contactId }) => analytics.GetContactStatsRequest.fromPartial({ contactId }),
    },
    getSessionStats: {
      scope: 'sessions.view',
      foreign: 'nothing',
      request: () => analytics.GetSessionStatsRequest.fromPartial({}),
    },
    getAgentPerformance: {
      scope: 'analytics.view',
      foreign: 'not_found',
      request: ({ agentId }) =>
        analytics.GetAgentPerformanceRequest.fromPartial({ agentIds: agentId ? [agentId] : [] }),
    },
    getLeadsCount: {
      scope: 'analytics.view',
      foreign: 'nothing',
      request: () => analytics.GetLeadsCountRequest.fromPartial({}),
    },
    getConversionRate: {
      scope: 'analytics.view',
      foreign: 'not_found',
      request: ({ pipelineId, statusId }) =>
        analytics.GetConversionRateRequest.fromPartial({ pipelineId, wonStatusId: statusId }),
    },
    getAiCosts: {
      scope: 'billing.view',
      foreign: 'nothing',
      request: () => analytics.GetAiCostsRequest.fromPartial({ groupBy: analytics.CostGroup.COST_GROUP_CONVERSATION }),
    },
    getReport: {
      scope: 'analytics.view',
      foreign: 'not_found',
      request: ({ agentId }) => analytics.GetReportRequest.fromPartial({ agentIds: agentId ? [agentId] : [] }),
    },
  },
  crm: {
    createContact: {
      scope: 'contacts.manage',
      foreign: 'nothing',
      request: () => crm.CreateContactRequest.fromPartial({ fields: { name: 'Nova' } }),
    },
    getContact: {
      scope: 'contacts.view',
      foreign: 'not_found',
      request: ({ contactId }) => crm.GetContactRequest.fromPartial({ contactId }),
    },
    listContacts: {
      scope: 'contacts.view',
      foreign: 'nothing',
      request: () => crm.ListContactsRequest.fromPartial({}),
    },
    searchContacts: {
      scope: 'contacts.view',
      foreign: 'nothing',
      request: () => crm.SearchContactsRequest.fromPartial({ query: 'maria conceicao' }),
    },
    updateContact: {
      scope: 'contacts.manage',
      foreign: 'not_found',
      request: ({ contactId }) =>
        crm.UpdateContactRequest.fromPartial({
          contactId,
          version: 1,
          fields: { timezone: 'America/Bahia' },
          updateMask: ['timezone'],
        }),
    },
    createPipeline: {
      scope: 'pipelines.manage',
      foreign: 'nothing',
      request: () => crm.CreatePipelineRequest.fromPartial({ name: 'Pós-venda' }),
    },
    getPipeline: {
      scope: 'pipelines.view',
      foreign: 'not_found',
      request: ({ pipelineId }) => crm.GetPipelineRequest.fromPartial({ pipelineId }),
    },
    listPipelines: {
      scope: 'pipelines.view',
      foreign: 'nothing',
      request: () => crm.ListPipelinesRequest.fromPartial({}),
    },
    updatePipeline: {
      scope: 'pipelines.manage',
      foreign: 'not_found',
      request: ({ pipelineId }) =>
        crm.UpdatePipelineRequest.fromPartial({
          pipelineId,
          version: 1,
          fields: { position: 3 },
          updateMask: ['position'],
        }),
    },
    changePipelineStatus: {
      scope: 'contacts.manage',
      foreign: 'not_found',
      request: ({ contactId, pipelineId, statusId }) =>
        crm.ChangePipelineStatusRequest.fromPartial({ contactId, pipelineId, statusId }),
    },
    sendMessage: {
      scope: 'messages.send',
      foreign: 'not_found',
      request: ({ contactId, channelId, messageId }) =>
        crm.SendMessageRequest.fromPartial({ contactId, channelId, replyToId: messageId, text: 'oi' }),
    },
    getMessage: {
      scope: 'messages.view',
      foreign: 'not_found',
      request: ({ messageId }) => crm.GetMessageRequest.fromPartial({ messageId }),
    },
    listMessages: {
      scope: 'messages.view',
      foreign: 'nothing',
      request: ({ contactId, conversationId }) => crm.ListMessagesRequest.fromPartial({ contactId, conversationId }),
    },
    searchMessages: {
      scope: 'messages.view',
      foreign: 'nothing',
      request: ({ contactId }) => crm.SearchMessagesRequest.fromPartial({ query: 'orçamento', contactId }),
    },
    updateMessage: {
      scope: 'messages.send',
      foreign: 'not_found',
      request: ({ sentMessageId }) =>
        crm.UpdateMessageRequest.fromPartial({ messageId: sentMessageId, metadata: { pedido: '7' } }),
    },
  },
};

describe('every RPC keeps to its tenant and scope', () => {
  let api: TestApi;
  let services: RunningServices;
  let own: Ids;
  let foreign: Ids;
  let key: string;
  let without: (scope: Scope) => Promise<string>;

  before(async () => {
    api = await startTestApi();
    services = await startServices(api.deps);
    const { db } = api.deps;
    const tenant = await newTenant(db);
    key = tenant.apiKey;
    without = (scope) =>
      keyWith(
        db,
        tenant,
        ALL_SCOPES.filter((other) => other !== scope),
      );
    own = await withSentMessage(tenant.tenantId);
    foreign = await withSentMessage((await newTenant(db)).tenantId);
  });
  after(async () => {
    await services.stop();
    await api.close();
  });

  async function withSentMessage(tenantId: string): Promise<Ids> {
    const ids = await newEverything(api.deps.db, tenantId);
    const send = { contact_id: ids.contactId, channel_id: ids.channelId, text: 'Segue o pedido' };
    const { body } = await api.request('POST', '/api/v1/messages/send', { key: await keyOf(tenantId), json: send });
    return { ...ids, sentMessageId: body.id };
  }

  async function keyOf(tenantId: string): Promise<string> {
    const { userId } = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.apiKey.findFirstOrThrow({ where: { tenantId } }),
    );
    return keyWith(api.deps.db, { tenantId, userId }, ['messages.send']);
  }

  /** The answer as text, or the name of the status. */
  function call(client: Client, method: string, request: object, withApiKey: string): Promise<string> {
    const { [method]: send } = client as unknown as Record<string, Unary>;
    return new Promise((resolve) => {
      send?.call(client, request, withKey(withApiKey), { deadline: Date.now() + 60_000 }, (error, response) =>
        resolve(error ? (grpcStatus[error.code] ?? '') : JSON.stringify(response)),
      );
    });
  }
  type Unary = (
    request: object,
    metadata: ReturnType<typeof withKey>,
    options: { deadline: number },
    callback: (error: ServiceError | null, response: unknown) => void,
  ) => void;

  for (const [service, definition] of Object.entries(SERVICES)) {
    const cases = CASES[service as keyof typeof SERVICES];

    it(`${service}: every method is here`, () => {
      assert.deepEqual(Object.keys(cases).sort(), Object.keys(definition).sort());
    });

    for (const [method, { scope, request, foreign: outcome }] of Object.entries(cases)) {
      it(`${service}.${method} shows and changes nothing of another tenant, and needs ${scope ?? 'a key'}`, async () => {
        const client = services[service as keyof typeof SERVICES];
        const stranger = await call(client, method, request(own), 'vk_nobody');
        assert.equal(stranger, 'UNAUTHENTICATED');
        if (scope) assert.equal(await call(client, method, request(own), await without(scope)), 'PERMISSION_DENIED');

        const asked = idsIn(request);
        for (const name of asked) {
          const answer = await call(client, method, request({ ...own, [name]: foreign[name] }), key);
          if (outcome === 'not_found') assert.equal(answer, 'NOT_FOUND', name);
          else assertNothingForeign(answer);
        }
        const answer = await call(client, method, request(own), key);
        assert.match(answer, /^\{/, `the owner is answered ${answer}`);
        assertNothingForeign(answer);
      });
    }
  }

  /** The ids that a request takes. */
  function idsIn(request: (ids: Ids) => object): string[] {
    const asked = new Set<string>();
    request(
      new Proxy(own, {
        get: (ids, name: string) => {
          asked.add(name);
          return ids[name];
        },
      }),
    );
    return [...asked];
  }

  function assertNothingForeign(answer: string): void {
    for (const [name, id] of Object.entries(foreign)) {
      if (id && id.length > 10) assert.ok(!answer.includes(id), `${name} of another tenant is in ${answer}`);
    }
  }
});
