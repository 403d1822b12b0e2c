import assert from 'node:assert/strict';
import * as analytics from '../../api/grpc/generated/ventros/analytics/v1/analytics';
import * as crm from '../../api/grpc/generated/ventros/crm/v1/crm';
import { newId } from '../../core/ids';
import { newMessage, newThread } from '../api/fixtures';
import { newTenant } from '../support/tenant';
import { fails, startBothEdges, type BothEdges } from './both-edges';
import { errorDetails } from './server';
import { callerOf } from './services';

describe('contacts, pipelines, messages and numbers over gRPC are those of REST', () => {
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

  const callCrm = (key = tenant.apiKey) => callerOf(services.crm, key);
  const callAnalytics = () => callerOf(services.analytics, tenant.apiKey);

  describe('contacts', () => {
    const create = (fields: Partial<crm.ContactFields>) =>
      callCrm()(services.crm.createContact, crm.CreateContactRequest.fromPartial({ fields }));
    const update = (request: Partial<crm.UpdateContactRequest>) =>
      callCrm()(services.crm.updateContact, crm.UpdateContactRequest.fromPartial(request));

    it('are created and changed field by field, with the checks of REST', async () => {
      const { contact } = await create({
        name: 'João',
        phone: '+55 11 97777-1234',
        tags: ['vip'],
        customFields: { pontos: 3, endereco: { cidade: 'Recife' }, nada: null },
      });
      const contactId = contact?.contactId ?? '';
      const stored = await rest('GET', `/api/v1/contacts/${contactId}`);
      assert.deepEqual(stored.custom_fields, { pontos: 3, endereco: { cidade: 'Recife' }, nada: null });
      assert.deepEqual(
        [stored.phone, contact?.fields?.phone, stored.email],
        ['+5511977771234', '+5511977771234', null],
      );

      const changed = await update({
        contactId,
        version: 1,
        fields: crm.ContactFields.fromPartial({ email: 'Joao@Example.com', name: 'is not in the mask' }),
        updateMask: ['email', 'phone', 'tags'],
      });
      const { name, email, phone, tags } = changed.contact?.fields ?? {};
      assert.deepEqual({ name, email, phone, tags }, { name: 'João', email: 'joao@example.com', phone: '', tags: [] });
      assert.equal((await rest('GET', `/api/v1/contacts/${contactId}`)).phone, null);

      const again = { contactId, version: 1, fields: crm.ContactFields.fromPartial({ name: 'J' }) };
      await fails(update({ ...again, updateMask: ['name'] }), 'ABORTED', 'OPTIMISTIC_LOCK_CONFLICT');
      await fails(update({ ...again, updateMask: [] }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'update_mask');
      await fails(
        update({ ...again, updateMask: ['tenant_id'] }),
        'INVALID_ARGUMENT',
        'VALIDATION_ERROR',
        'update_mask',
      );
      await fails(
        update({ contactId, version: 2, updateMask: ['name'] }),
        'INVALID_ARGUMENT',
        'VALIDATION_ERROR',
        'fields.name',
      );
      await fails(create({ phone: '+5511977771235' }), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'fields.name');
      await fails(create({ name: 'E', email: 'joao@example.com' }), 'ALREADY_EXISTS', 'ALREADY_EXISTS');
    });

    it('are listed and found in pages', async () => {
      const own = await newTenant(api.deps.db);
      for (let n = 0; n < 3; n += 1) await newThread(api.deps.db, own.tenantId);
      const call = callCrm(own.apiKey);
      const seen: string[] = [];
      let pageToken = '';
      do {
        const page = await call(
          services.crm.listContacts,
          crm.ListContactsRequest.fromPartial({ pageSize: 2, pageToken }),
        );
        seen.push(...page.contacts.map(({ contactId }) => contactId));
        pageToken = page.nextPageToken;
      } while (pageToken);
      const { body } = await api.request('GET', '/api/v1/contacts', { key: own.apiKey });
      assert.deepEqual(
        seen,
        body.data.map(({ id }: { id: string }) => id),
      );
      const found = await call(
        services.crm.searchContacts,
        crm.SearchContactsRequest.fromPartial({ query: 'CONCEICAO', pageSize: 1 }),
      );
      assert.deepEqual([found.contacts[0]?.fields?.name, found.nextPageToken !== ''], ['Maria Conceição', true]);
      await fails(
        call(services.crm.listContacts, crm.ListContactsRequest.fromPartial({ pageToken: found.nextPageToken })),
        'INVALID_ARGUMENT',
        'CURSOR_INVALID',
      );
    });
  });

  it('pipelines are made, changed and walked through', async () => {
    const call = callCrm();
    const { pipeline } = await call(
      services.crm.createPipeline,
      crm.CreatePipelineRequest.fromPartial({ name: 'Obras', color: '#112233' }),
    );
    const pipelineId = pipeline?.pipelineId ?? '';
    const { id: statusId } = await rest('POST', `/api/v1/pipelines/${pipelineId}/statuses`, {
      name: 'Fechado',
      status_type: 'closed',
    });
    const change = { pipelineId, version: 1, fields: crm.PipelineFields.fromPartial({ sessionTimeoutMinutes: 45 }) };
    const updated = await call(
      services.crm.updatePipeline,
      crm.UpdatePipelineRequest.fromPartial({ ...change, updateMask: ['session_timeout_minutes'] }),
    );
    assert.deepEqual(
      [updated.pipeline?.fields?.sessionTimeoutMinutes, updated.pipeline?.fields?.color],
      [45, '#112233'],
    );
    const moved = await call(
      services.crm.changePipelineStatus,
      crm.ChangePipelineStatusRequest.fromPartial({
        contactId: ids.contactId,
        pipelineId,
        statusId,
        reason: 'assinou',
      }),
    );
    assert.deepEqual([moved.statusName, moved.statusType, moved.reason], ['Fechado', 'closed', 'assinou']);
    const stage = await rest('GET', `/api/v1/pipelines/${pipelineId}/contacts/${ids.contactId}/status`);
    assert.equal(stage.status_id, statusId);
    const read = await call(services.crm.getPipeline, crm.GetPipelineRequest.fromPartial({ pipelineId }));
    assert.deepEqual(
      read.pipeline?.statuses.map(({ name }) => name),
      ['Fechado'],
    );
    const listed = await call(services.crm.listPipelines, crm.ListPipelinesRequest.fromPartial({ pageSize: 1 }));
    assert.equal(listed.pipelines[0]?.pipelineId, pipelineId);

    const byGrpc = await callAnalytics()(
      services.analytics.getConversionRate,
      analytics.GetConversionRateRequest.fromPartial({ pipelineId }),
    );
    const byTool = await rest('POST', '/api/v1/mcp/execute', {
      tool_name: 'get_conversion_rate',
      arguments: { pipeline_id: pipelineId },
    });
    const { rate, entered, converted, wonStatus } = byGrpc.conversion ?? {};
    assert.deepEqual({ rate, entered, converted, won_status: wonStatus }, byTool.result);
    assert.equal(rate, 1);
  });

  describe('messages', () => {
    const send = (request: Partial<crm.SendMessageRequest>) =>
      callCrm()(
        services.crm.sendMessage,
        crm.SendMessageRequest.fromPartial({ contactId: ids.contactId, channelId: ids.channelId, ...request }),
      );

    it('are sent once with one key, and not to forbidden addresses', async () => {
      const request = { text: 'Seu pedido saiu', idempotencyKey: newId(), metadata: { pedido: '7' } };
      const sent = await send(request);
      const again = await send(request);
      assert.deepEqual([again.messageId, again.replayed, sent.replayed], [sent.messageId, true, false]);
      const stored = await rest('GET', `/api/v1/messages/${sent.messageId}`);
      assert.deepEqual([stored.text, stored.status, stored.metadata], ['Seu pedido saiu', 'queued', { pedido: '7' }]);
      const { message } = await callCrm()(
        services.crm.getMessage,
        crm.GetMessageRequest.fromPartial({ messageId: sent.messageId }),
      );
      assert.deepEqual([message?.text, message?.fromMe, message?.metadata], ['Seu pedido saiu', true, { pedido: '7' }]);
      await fails(send({ ...request, text: 'Outro' }), 'INVALID_ARGUMENT', 'IDEMPOTENCY_KEY_REUSED');
      await fails(send({}), 'INVALID_ARGUMENT', 'VALIDATION_ERROR', 'text');
      const metadataAddress = { contentType: 'image', mediaUrl: 'http://169.254.169.254/latest.jpg' };
      await fails(send(metadataAddress), 'INVALID_ARGUMENT', 'URL_FORBIDDEN', 'media_url');
    });

    it('are listed and found, and only what a program keeps with them changes', async () => {
      const thread = await newThread(api.deps.db, tenant.tenantId);
      const said = await newMessage(api.deps.db, tenant.tenantId, thread, { text: 'Quero três cadeiras azuis' });
      const answered = await newMessage(api.deps.db, tenant.tenantId, thread, { text: 'Anotado', fromMe: true });
      const { contactId } = thread;
      const list = await callCrm()(
        services.crm.listMessages,
        crm.ListMessagesRequest.fromPartial({ contactId, fromMe: false }),
      );
      assert.deepEqual(
        list.messages.map(({ messageId }) => messageId),
        [said],
      );
      const found = await callCrm()(
        services.crm.searchMessages,
        crm.SearchMessagesRequest.fromPartial({ query: 'cadeira', contactId }),
      );
      assert.deepEqual(
        found.messages.map(({ messageId }) => messageId),
        [said],
      );

      const update = (messageId: string, metadata: Record<string, string>) =>
        callCrm()(services.crm.updateMessage, crm.UpdateMessageRequest.fromPartial({ messageId, metadata }));
      await update(answered, { pedido: '7', lote: 'a' });
      const { message } = await update(answered, { lote: '', nota: 'frágil' });
      assert.deepEqual([message?.metadata, message?.text], [{ pedido: '7', nota: 'frágil' }, 'Anotado']);
      const byRest = await rest('PATCH', `/api/v1/messages/${answered}`, { metadata: { nota: '' } });
      assert.deepEqual(byRest.metadata, { pedido: '7' });
      await fails(update(said, { pedido: '8' }), 'FAILED_PRECONDITION', 'PRECONDITION_FAILED');
    });
  });

  it('numbers are those of REST', async () => {
    const call = callAnalytics();
    const one = await call(
      services.analytics.getContactStats,
      analytics.GetContactStatsRequest.fromPartial({ contactId: ids.contactId }),
    );
    const ofRest = await rest('GET', `/api/v1/contacts/${ids.contactId}/stats`);
    assert.deepEqual(
      [one.contact?.messagesReceived, one.contact?.costMicros, one.contact?.firstMessageAt?.toISOString()],
      [ofRest.messages_received, ofRest.cost_micros, ofRest.first_message_at],
    );
    const { all } = await call(services.analytics.getContactStats, analytics.GetContactStatsRequest.fromPartial({}));
    assert.equal(all?.total, (await rest('GET', '/api/v1/contacts/stats')).total);
    const { stats } = await call(services.analytics.getSessionStats, analytics.GetSessionStatsRequest.fromPartial({}));
    assert.equal(stats?.active, (await rest('GET', '/api/v1/sessions/stats')).active);

    const { agents } = await call(
      services.analytics.getAgentPerformance,
      analytics.GetAgentPerformanceRequest.fromPartial({}),
    );
    const byTool = async (tool_name: string, args: object) =>
      (await rest('POST', '/api/v1/mcp/execute', { tool_name, arguments: args })).result;
    const ofTool = await byTool('get_agent_stats', {});
    assert.deepEqual(
      agents.map(({ agentId, messages }) => [agentId, messages]),
      ofTool.agents.map(({ agent_id, messages }: { agent_id: string; messages: number }) => [agent_id, messages]),
    );
    const { count } = await call(
      services.analytics.getLeadsCount,
      analytics.GetLeadsCountRequest.fromPartial({ period: analytics.Period.PERIOD_WEEK }),
    );
    assert.equal(count, (await byTool('get_leads_count', { period: 'week' })).count);

    const costs = await call(
      services.analytics.getAiCosts,
      analytics.GetAiCostsRequest.fromPartial({ groupBy: analytics.CostGroup.COST_GROUP_MODEL }),
    );
    assert.deepEqual([costs.total?.settledMicros, costs.groups[0]?.key], [700, 'model-a']);
    const report = await call(
      services.analytics.getReport,
      analytics.GetReportRequest.fromPartial({
        period: analytics.Period.PERIOD_WEEK,
        pipelineId: ids['pipelineId'] ?? '',
      }),
    ).catch((error: unknown) => error);
    // The pipeline of the fixture has no closing status.
    assert.equal(errorDetails(report).reason, 'NOT_FOUND');
    const whole = await call(
      services.analytics.getReport,
      analytics.GetReportRequest.fromPartial({ period: analytics.Period.PERIOD_WEEK }),
    );
    assert.deepEqual([whole.leads, whole.sessions?.total, whole.conversion], [count, stats?.total, undefined]);
    await fails(
      call(
        services.analytics.getLeadsCount,
        analytics.GetLeadsCountRequest.fromPartial({ period: analytics.Period.UNRECOGNIZED }),
      ),
      'INVALID_ARGUMENT',
      'VALIDATION_ERROR',
      'period',
    );
  });
});
