import assert from 'node:assert/strict';
import { allRoutes } from '../../api/http/routes';
import { openStream } from '../support/event-stream';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from './fixtures';

/** Whose id a path takes. A new resource must be added here, or the test fails. */
const ID_OF: Record<string, string> = {
  agents: 'agentId',
  'agent-runs': 'agentRunId',
  'api-keys': 'keyId',
  'custom-fields': 'customFieldId',
  'project-members': 'memberId',
  channels: 'channelId',
  contacts: 'contactId',
  sessions: 'sessionId',
  messages: 'messageId',
  'message-groups': 'groupId',
  enrichments: 'enrichmentId',
  conversations: 'conversationId',
  chats: 'chatId',
  'decision-records': 'recordId',
  replays: 'replayId',
  'day-replays': 'dayReplayId',
  approvals: 'approvalId',
  'dead-letters': 'deadLetterId',
  pipelines: 'pipelineId',
  notes: 'noteId',
  tickets: 'ticketId',
  'follow-ups': 'followUpId',
  'retention-offers': 'offerId',
  'contact-lists': 'listId',
  budgets: 'budgetId',
  memory: 'importId',
  'memory/facts': 'factId',
  'knowledge/documents': 'knowledgeDocumentId',
};
/** The other ids of a path. */
const PARAMETER_IDS: Record<string, string> = {
  status_id: 'statusId',
  pipeline_id: 'pipelineId',
  contact_id: 'contactId',
  erasure_id: 'erasureId',
  number: 'versionNumber',
  key: 'customFieldKey',
};
/** Valid bodies, so that only the id can be the reason of a refusal. */
const BODY_OF: Record<string, unknown> = {
  'patch /api/v1/agents/{id}': { name: 'Outro', version: 1 },
  'post /api/v1/agents/{id}/versions': { temperature: 1 },
  'post /api/v1/agents/{id}/runs': { question: 'Quantos leads?' },
  'patch /api/v1/channels/{id}': { name: 'Outro' },
  'patch /api/v1/contacts/{id}': { name: 'Outro', version: 1 },
  'post /api/v1/messages/{id}/facts': {},
  'patch /api/v1/messages/{id}': { metadata: { pedido: '1' } },
  'post /api/v1/conversations/{id}/take-over': { name: 'Intrusa' },
  'post /api/v1/conversations/{id}/hand-back': {},
  'post /api/v1/sessions/{id}/close': {},
  'post /api/v1/conversations/{id}/assign': { strategy: 'score' },
  'patch /api/v1/chats/{id}/subject': { subject: 'Outro', version: 1 },
  'patch /api/v1/project-members/{id}': { role: 'viewer', version: 1 },
  'patch /api/v1/custom-fields/{id}': { label: 'Outro', version: 1 },
  'put /api/v1/contacts/{id}/custom-fields/{key}': { value: 3 },
  'patch /api/v1/pipelines/{id}': { name: 'Outro', version: 1 },
  'post /api/v1/pipelines/{id}/statuses': { name: 'Outro', status_type: 'open' },
  'patch /api/v1/notes/{id}': { content: 'Outra' },
  'patch /api/v1/tickets/{id}': { severity: 2, version: 1 },
  'post /api/v1/tickets/{id}/escalate': { reason: 'Outra' },
  'patch /api/v1/follow-ups/{id}': { text: 'Outro', version: 1 },
  'post /api/v1/contacts/{id}/retention-offers': { discount_percent: 10, duration_months: 1, reason: 'preço' },
  'patch /api/v1/contact-lists/{id}': { name: 'Outra', version: 1 },
  'post /api/v1/contacts/{id}/events': { category: 'general', event_type: 'visited', title: 'Visitou a loja' },
  'post /api/v1/contacts/{id}/tags': { tags: ['vip'], operation: 'add' },
  'post /api/v1/contacts/{id}/facts': { type: 'budget', text: 'Tem mil reais' },
  'post /api/v1/contacts/{id}/memory/context': {},
  'patch /api/v1/memory/facts/{id}': { text: 'Tem dois mil reais' },
  'post /api/v1/memory/facts/{id}/confirm': {},
  'post /api/v1/memory/facts/{id}/invalidate': {},
  'post /api/v1/memory/facts/{id}/restore': {},
  'post /api/v1/decision-records/{id}/replay': { prompt: 'Outro' },
  'post /api/v1/approvals/{id}/resolve': { verb: 'approve' },
  'patch /api/v1/budgets/{id}': { cap_micros: 1 },
};

/** A path with the ids of the fixture; `{id}` is of the resource that the path begins with. */
function pathOf(path: string, ids: Record<string, string>): string {
  const [resource = '', part = ''] = path.split('/').slice(3);
  const kind = ID_OF[`${resource}/${part}`] ?? ID_OF[resource];
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const id = ids[(name === 'id' ? kind : PARAMETER_IDS[name]) ?? ''];
    assert.ok(id, `no fixture for ${name} of ${path}`);
    return id;
  });
}

function bodyOf(name: string, ids: Record<string, string>): unknown {
  if (name === 'put /api/v1/contacts/{id}/pipelines/{pipeline_id}/status') return { status_id: ids['statusId'] };
  if (name === 'post /api/v1/contact-lists/{id}/contacts') return { contact_id: ids['contactId'] };
  if (name === 'post /api/v1/conversations/{id}/transfer')
    return { agent_id: ids['agentId'], note: 'Quer o reembolso' };
  return BODY_OF[name];
}

describe("another tenant's ids answer 404", () => {
  let api: TestApi;
  let owner: { tenantId: string; apiKey: string };
  let stranger: { tenantId: string; apiKey: string };
  let ids: Awaited<ReturnType<typeof newEverything>>;
  before(async () => {
    api = await startTestApi();
    owner = await newTenant(api.deps.db);
    stranger = await newTenant(api.deps.db);
    ids = await newEverything(api.deps.db, owner.tenantId);
  });
  after(() => api.close());

  const dump = () =>
    api.deps.db.withTenant(owner.tenantId, async (tx) =>
      JSON.stringify(
        [
          await tx.channel.findMany(),
          await tx.contact.findMany(),
          await tx.conversation.findMany(),
          await tx.chat.findMany(),
          await tx.message.findMany(),
          await tx.apiKey.findMany({ select: { id: true, revokedAt: true } }),
          await tx.projectMember.findMany(),
          await tx.customField.findMany(),
          await tx.pipelineStatus.findMany(),
          await tx.note.findMany(),
          await tx.memoryFact.findMany(),
          await tx.ticket.findMany(),
          await tx.followUp.findMany(),
          await tx.retentionOffer.findMany(),
          await tx.contactList.findMany(),
          await tx.agent.findMany(),
          await tx.agentVersion.findMany(),
          await tx.agentRun.findMany(),
          await tx.approval.findMany(),
          await tx.knowledgeDocument.findMany(),
          await tx.turnReplay.findMany(),
          await tx.outboxEvent.count(),
        ],
        (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
      ),
    );

  it('on every path that takes an id, and changes nothing', async () => {
    const before = await dump();
    const routes = allRoutes(api.deps).filter((route) => route.path.includes('{id}'));
    assert.ok(routes.length > 20, `only ${routes.length} routes take an id`);
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const json = bodyOf(name, ids);
      const { status, body } = await api.request(route.method.toUpperCase(), pathOf(route.path, ids), {
        key: stranger.apiKey,
        ...(json === undefined ? {} : { json }),
      });
      assert.equal(status, 404, name);
      assert.equal(body.code, 'NOT_FOUND', name);
    }
    assert.equal(await dump(), before);
  });

  it('answers the owner on every reading path, so that the refusals mean something', async () => {
    for (const route of allRoutes(api.deps)) {
      if (route.method !== 'get' || !route.path.includes('{id}')) continue;
      if (route.response.streams === 'text/event-stream') {
        const stream = await openStream(`${api.url}${pathOf(route.path, ids)}`, { key: owner.apiKey });
        await stream.close();
        continue;
      }
      const { status } = await api.request('GET', pathOf(route.path, ids), { key: owner.apiKey });
      assert.equal(status, 200, route.path);
    }
  });

  it('in bodies too', async () => {
    const own = await newEverything(api.deps.db, stranger.tenantId);
    const key = stranger.apiKey;
    const send = { contact_id: own.contactId, channel_id: own.channelId, text: 'oi' };
    const attempts: [string, unknown][] = [
      ['/api/v1/messages/send', { ...send, contact_id: ids.contactId }],
      ['/api/v1/messages/send', { ...send, channel_id: ids.channelId }],
      ['/api/v1/messages/send', { ...send, reply_to_id: ids.messageId }],
      ['/api/v1/messages/confirm-delivery', { external_id: 'ABC', status: 'read', message_id: ids.messageId }],
      ['/api/v1/notes', { content: 'oi', contact_id: ids.contactId }],
      ['/api/v1/tickets', { contact_id: ids.contactId, subject: 'oi', description: 'oi', severity: 1 }],
      [
        '/api/v1/tickets',
        {
          contact_id: own.contactId,
          conversation_id: ids.conversationId,
          subject: 'oi',
          description: 'oi',
          severity: 1,
        },
      ],
      ['/api/v1/enrichments', { url: 'https://example.com/a.png', contact_id: ids.contactId }],
      ['/api/v1/memory/search', { query: 'orçamento', contact_id: ids.contactId }],
      ['/api/v1/memory/search', { query: 'orçamento', session_id: ids.sessionId }],
      ['/api/v1/day-replays', { day: '2026-03-01', agent_id: ids['agentId'] }],
      ['/api/v1/day-replays', { day: '2026-03-01', agent_version_id: ids['agentVersionId'] }],
    ];
    const vector = {
      ...{ content_type: 'document', content_text: 'Contrato', embedding: Array.from({ length: 768 }, () => 1) },
      contact_id: own.contactId,
    };
    attempts.push(
      ['/api/v1/memory/embeddings', { ...vector, contact_id: ids.contactId }],
      ['/api/v1/memory/embeddings', { ...vector, message_id: ids.messageId }],
    );
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const followUp = { contact_id: own.contactId, channel_id: own.channelId, text: 'oi', scheduled_at: later };
    attempts.push(
      ['/api/v1/follow-ups', { ...followUp, contact_id: ids.contactId }],
      ['/api/v1/follow-ups', { ...followUp, channel_id: ids.channelId }],
    );
    const put = await api.request('PUT', `/api/v1/contacts/${own.contactId}/pipelines/${own['pipelineId']}/status`, {
      key,
      json: { status_id: ids['statusId'] },
    });
    assert.equal(put.status, 404);
    for (const [path, json] of attempts) {
      const { status } = await api.request('POST', path, { key, json });
      assert.equal(status, 404, `${path} ${JSON.stringify(json)}`);
    }
  });

  it('shows nothing of another tenant in any list, search or sum', async () => {
    const empty = await newTenant(api.deps.db);
    const paths = [
      '/api/v1/channels',
      '/api/v1/contacts',
      '/api/v1/contacts/search?q=maria',
      '/api/v1/sessions',
      '/api/v1/messages',
      '/api/v1/messages/search?q=orcamento',
      `/api/v1/messages?contact_id=${ids.contactId}`,
      '/api/v1/enrichments',
      '/api/v1/conversations',
      '/api/v1/chats',
      '/api/v1/decision-records',
      '/api/v1/replays',
      '/api/v1/dead-letters',
      '/api/v1/notes',
      '/api/v1/tickets',
      '/api/v1/follow-ups',
      '/api/v1/contact-lists',
      '/api/v1/custom-fields',
      '/api/v1/knowledge/documents',
      '/api/v1/costs/summary',
    ];
    for (const path of paths) {
      const seen = await api.request('GET', path, { key: empty.apiKey });
      assert.deepEqual(seen.body.data, [], path);
      const owned = await api.request('GET', path, { key: owner.apiKey });
      assert.equal(owned.body.data.length, 1, path);
    }
    const found = await api.request('POST', '/api/v1/memory/search', {
      key: empty.apiKey,
      json: { query: 'orçamento' },
    });
    assert.deepEqual([found.status, found.body.results], [200, []]);
    const owned = await api.request('POST', '/api/v1/memory/search', {
      key: owner.apiKey,
      json: { query: 'orçamento' },
    });
    assert.ok(owned.body.results.length > 0);
  });
});
