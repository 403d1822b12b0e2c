import { createHash } from 'node:crypto';
import { requestErasure } from '../../core/memory/forgetting/erasures';
import { requestDocument } from '../../core/knowledge/documents';
import { requestImport } from '../../core/memory/import/imports';
import { ALL_SCOPES } from '../../core/accounts/scopes';
import { requestRun } from '../../core/agents/runs/request';
import { createVersion } from '../../core/agents/team/versions';
import type { Database } from '../../core/database';
import { createList } from '../../core/crm/contact-lists';
import { createCustomField } from '../../core/crm/custom-fields';
import { changeStage } from '../../core/crm/contact-stages';
import { addNote } from '../../core/crm/notes';
import { scheduleFollowUp } from '../../core/crm/follow-ups/follow-ups';
import { createOffer } from '../../core/crm/retention-offers';
import { createTicket } from '../../core/crm/tickets';
import { addStatus } from '../../core/crm/pipelines';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { createSecretBox } from '../../core/security/secret-box';
import { TEST_ENCRYPTION_KEY } from '../support/http';

export interface Thread {
  channelId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
}

/** An active channel, a contact, their conversation and its session. */
export function newThread(
  db: Database,
  tenantId: string,
  { baseUrl = 'https://waha.example.com' } = {},
): Promise<Thread> {
  const secretBox = createSecretBox(TEST_ENCRYPTION_KEY);
  const thread = { channelId: newId(), contactId: newId(), conversationId: newId(), sessionId: newId() };
  const { channelId, contactId, conversationId, sessionId } = thread;
  const digits = `55119${contactId.replace(/\D/g, '').slice(-8)}`;
  return db.withTenant(tenantId, async (tx) => {
    await tx.channel.create({
      data: {
        id: channelId,
        tenantId,
        name: 'Loja',
        type: 'waha',
        status: 'active',
        externalId: 'default',
        webhookId: newId(),
        baseUrl,
        apiKeyEncrypted: secretBox.seal('chave'),
        webhookSecretEncrypted: secretBox.seal('segredo'),
      },
    });
    await tx.contact.create({ data: { id: contactId, tenantId, name: 'Maria Conceição', phone: `+${digits}` } });
    await tx.conversation.create({
      data: { id: conversationId, tenantId, channelId, contactId, externalChatId: `${digits}@c.us` },
    });
    await tx.session.create({
      data: {
        id: sessionId,
        tenantId,
        channelId,
        contactId,
        conversationId,
        timeoutMinutes: 30,
        startedAt: new Date(),
        lastActivityAt: new Date(),
      },
    });
    return thread;
  });
}

export interface MessageOptions {
  text?: string;
  fromMe?: boolean;
  source?: string;
  status?: string;
  sentAt?: Date;
}

export async function newMessage(
  db: Database,
  tenantId: string,
  thread: Thread,
  { text = 'Olá', fromMe = false, source = 'manual', status = 'delivered', sentAt = new Date() }: MessageOptions = {},
): Promise<string> {
  const id = newId();
  await db.withTenant(tenantId, (tx) =>
    tx.message.create({
      data: {
        ...thread,
        id,
        tenantId,
        fromMe,
        contentType: 'text',
        text,
        status,
        source,
        agentId: SYSTEM_AGENT_IDS.default,
        sentAt,
      },
    }),
  );
  return id;
}

/** One row of everything the API shows, and the ids that its paths take. */
export async function newEverything(db: Database, tenantId: string): Promise<Thread & Record<string, string>> {
  const thread = await newThread(db, tenantId);
  const messageId = await newMessage(db, tenantId, thread, { text: 'Meu orçamento é de mil reais' });
  const { conversationId, sessionId, contactId, channelId } = thread;
  const [enrichmentId, groupId, recordId, deadLetterId] = [newId(), newId(), newId(), newId()];
  const [budgetId, factId, replayId, dayReplayId] = [newId(), newId(), newId(), newId()];
  const [approvalId, chatId] = [newId(), newId()];
  const { keyId, memberId } = await db.withTenant(tenantId, async (tx) => {
    await tx.messageEnrichment.create({ data: { id: enrichmentId, tenantId, messageId, contentType: 'image' } });
    const group = { type: 'group', externalId: '120363000000000001@g.us', subject: 'Condomínio' };
    await tx.chat.create({ data: { id: chatId, tenantId, channelId, ...group } });
    await tx.messageGroup.create({ data: { id: groupId, tenantId, conversationId, sessionId, handlerVersion: 1 } });
    await tx.decisionRecord.create({
      data: {
        id: recordId,
        tenantId,
        groupId,
        conversationId,
        agent: 'general',
        intent: 'general',
        intentConfidence: 0.5,
        workflowId: 'workflow',
        runId: 'run',
      },
    });
    await tx.decisionStep.create({
      data: { id: newId(), tenantId, groupId, step: 1, kind: 'model', callId: 'model', status: 'done' },
    });
    await tx.turnReplayBatch.create({ data: { id: dayReplayId, tenantId, day: new Date('2026-03-01') } });
    await tx.turnReplay.create({
      data: { id: replayId, tenantId, decisionRecordId: recordId, batchId: dayReplayId },
    });
    await tx.approval.create({
      data: {
        id: approvalId,
        tenantId,
        conversationId,
        groupId,
        step: 1,
        callId: 'call',
        tool: 'update_contact',
        rule: 'tool_ask',
        ruleReason: 'the company wants a person',
        onExpiry: 'reject',
        expiresAt: new Date(Date.now() + 600_000),
      },
    });
    await tx.aiCost.create({
      data: {
        id: newId(),
        tenantId,
        activityKey: newId(),
        provider: 'openai',
        model: 'model-a',
        operation: 'language',
        status: 'settled',
        reservedMicros: 900,
        costMicros: 700,
        contactId,
        conversationId,
        groupId,
        expiresAt: new Date(Date.now() + 60_000),
      },
    });
    await tx.deadLetter.create({
      data: {
        id: deadLetterId,
        tenantId,
        channelId,
        source: 'channel_webhook',
        errorCode: 'BAD_REQUEST',
        reason: 'the body is not JSON',
        body: '{',
      },
    });
    await tx.memoryFact.create({
      data: {
        id: factId,
        tenantId,
        contactId,
        factType: 'budget',
        factText: 'Tem orçamento de mil reais',
        factHash: newId(),
        confidence: 0.9,
        sourceMessageId: messageId,
        evidenceMessageIds: [messageId],
        model: 'test',
        validFrom: new Date(),
      },
    });
    await tx.budget.create({
      data: { id: budgetId, tenantId, scope: 'campaign', subjectId: newId(), period: 'day', capMicros: 1 },
    });
    const key = await tx.apiKey.findFirstOrThrow({ where: { tenantId } });
    const member = await tx.projectMember.findFirstOrThrow({ where: { tenantId } });
    return { keyId: key.id, memberId: member.id };
  });
  const crm = await newCrmRows(db, tenantId, thread);
  const { id: importId } = await db.withTenant(tenantId, (tx) =>
    requestImport(tx, tenantId, { source: { kind: 'waha', channelId }, options: { gapMinutes: 240 } }),
  );
  const { id: erasureId } = await db.withTenant(tenantId, (tx) =>
    requestErasure(tx, tenantId, { contactId: thread.contactId, scope: 'memory', apiKeyId: null }),
  );
  const { id: knowledgeDocumentId } = await db.withTenant(tenantId, (tx) =>
    requestDocument(tx, tenantId, {
      sha256: createHash('sha256').update(tenantId).digest('hex'),
      sizeBytes: 10,
      media: { kind: 'text', mimeType: 'text/plain' },
      fileName: 'manual.txt',
      title: 'Manual',
    }),
  );
  return {
    ...thread,
    ...crm,
    importId,
    knowledgeDocumentId,
    erasureId,
    messageId,
    enrichmentId,
    groupId,
    recordId,
    replayId,
    dayReplayId,
    approvalId,
    chatId,
    deadLetterId,
    budgetId,
    factId,
    keyId,
    memberId,
  };
}

/** One row of what hangs on a contact, written as the product writes it. */
function newCrmRows(
  db: Database,
  tenantId: string,
  { contactId, conversationId, channelId }: Thread,
): Promise<Record<string, string>> {
  const actor = { by: 'system' } as const;
  return db.withTenant(tenantId, async (tx) => {
    const { id: pipelineId } = await tx.pipeline.findFirstOrThrow({ where: { tenantId } });
    const { id: statusId } = await addStatus(tx, tenantId, { pipelineId, name: 'Novo', type: 'open' });
    await changeStage(tx, tenantId, { contactId, pipelineId, statusId, reason: null, notes: null, actor });
    const note = await addNote(tx, tenantId, { contactId, content: 'Prefere ser chamada de Ceição', actor });
    const problem = { subject: 'App não abre', description: 'Desde ontem', severity: 3 };
    const ticket = await createTicket(tx, tenantId, { ...problem, contactId, conversationId, actor });
    const scheduledAt = new Date(Date.now() + 3_600_000);
    const later = { contactId, channelId, text: 'Ainda quer?', scheduledAt, actor };
    const followUp = await scheduleFollowUp(tx, tenantId, later);
    const terms = { discountPercent: 10, durationMonths: 1, reason: 'preço', replacesOpen: false };
    const offer = await createOffer(tx, tenantId, { ...terms, contactId, conversationId, actor });
    const { id: agentId } = await tx.agent.findFirstOrThrow({ where: { tenantId, key: 'support_billing' } });
    const version = { agentId, changes: { temperature: 0.2 }, note: null, createdBy: null, isActive: true };
    const { runId: agentRunId } = await requestRun(tx, {
      tenantId,
      agent: { key: 'sdr' },
      question: 'Qualifica esse lead?',
      contactId,
      authority: { via: 'rest', userId: null, keyId: null, scopes: ALL_SCOPES },
    });
    const { id: agentVersionId, number } = await createVersion(tx, tenantId, version);
    const points = {
      key: 'pontos',
      type: 'number',
      label: 'Pontos',
      options: [],
      defaultValue: null,
      isRequired: false,
      isFixed: false,
    } as const;
    const customField = await createCustomField(tx, tenantId, { ...points, options: [] });
    const list = await createList(tx, tenantId, { name: 'Clientes VIP', isStatic: true });
    return {
      pipelineId,
      statusId,
      noteId: note.id,
      ticketId: ticket.id,
      followUpId: followUp.id,
      offerId: offer.id,
      listId: list.id,
      customFieldId: customField.id,
      customFieldKey: customField.key,
      agentId,
      agentRunId,
      agentVersionId,
      versionNumber: String(number),
    };
  });
}
