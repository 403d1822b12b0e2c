import { queueOutboundMessage, type OutboundMessage } from '../conversation/outbound';
import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { newId, SYSTEM_AGENT_IDS } from '../ids';
import type { ConversationKey, ConversationMessage } from '../conversation/types';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import { outboundMimeType } from './outbound-media';

export interface SendRequest {
  contactId: string;
  channelId: string;
  contentType: OutboundMessage['contentType'];
  text: string | null;
  /** Already through the URL guard. */
  mediaUrl: URL | null;
  mediaMimetype?: string | undefined;
  mediaFilename?: string | undefined;
  replyToId?: string | undefined;
  metadata?: Record<string, string> | undefined;
  /** `manual` unless given. */
  source?: OutboundMessage['source'];
}

export interface QueuedMessage {
  messageId: string;
  conversationId: string;
  sessionId: string;
}

/**
 * Writes a message of a person to be sent by its own workflow: row and event in the caller's transaction.
 *
 * @throws AppError NOT_FOUND (contact, channel, message replied to), VALIDATION_ERROR, INVARIANT_VIOLATION (the channel is
 * not active, or the contact has no address on it)
 */
export async function queueMessage(tx: Tx, tenantId: string, request: SendRequest): Promise<QueuedMessage> {
  requireContent(request);
  const { contactId, channelId } = request;
  const channel = await requireActiveChannel(tx, tenantId, channelId);
  const chatAddress = await addressOf(tx, tenantId, request);
  if (request.replyToId) await requireMessage(tx, tenantId, { messageId: request.replyToId, contactId, channelId });

  const { timeoutMinutes, ...thread } = await openThread(tx, tenantId, { contactId, channelId, chatAddress });
  const mimeType =
    request.contentType === 'text' || !request.mediaUrl
      ? null
      : outboundMimeType(request.contentType, request.mediaUrl, request.mediaMimetype);
  const messageId = await queueOutboundMessage(tx, {
    tenantId,
    channelId,
    contactId,
    ...thread,
    contentType: request.contentType,
    text: request.text,
    mediaUrl: request.mediaUrl?.href ?? null,
    mediaMimetype: mimeType,
    mediaFilename: request.mediaFilename ?? null,
    replyToId: request.replyToId ?? null,
    source: request.source ?? 'manual',
    agentId: SYSTEM_AGENT_IDS.default,
    metadata: request.metadata ?? {},
  });
  await tellConversation(tx, { tenantId, channelId, contactId, channel, timeoutMinutes, messageId, ...thread });
  return { messageId, ...thread };
}

/** What a person wrote keeps the session alive and belongs into memory, like everything else that was said. */
async function tellConversation(
  tx: Tx,
  of: QueuedMessage & {
    tenantId: string;
    channelId: string;
    contactId: string;
    channel: ActiveChannel;
    timeoutMinutes: number;
  },
): Promise<void> {
  const { tenantId, channelId, contactId, channel } = of;
  const conversation: ConversationKey = { tenantId, channelId, contactId };
  const message: ConversationMessage = {
    messageId: of.messageId,
    sessionId: of.sessionId,
    conversationId: of.conversationId,
    fromMe: true,
    isGroup: false,
    enrichmentId: null,
    agentsEnabled: channel.aiEnabled && channel.aiAgentsEnabled,
    debounceMs: channel.debounceTimeoutMs,
    sessionTimeoutMs: of.timeoutMinutes * 60_000,
    mediaWaitMs: 0,
  };
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'conversation',
      aggregateId: of.conversationId,
      eventType: WORKFLOW_EVENTS.messageCreated,
      data: { conversation: { ...conversation }, message: { ...message } },
    },
  ]);
}

function requireContent({ contentType, text, mediaUrl }: SendRequest): void {
  const [field, isMissing] = contentType === 'text' ? (['text', !text] as const) : (['media_url', !mediaUrl] as const);
  if (!isMissing) return;
  const message = `is required for content_type ${contentType}`;
  throw new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}

interface ActiveChannel {
  aiEnabled: boolean;
  aiAgentsEnabled: boolean;
  debounceTimeoutMs: number;
}

async function requireActiveChannel(tx: Tx, tenantId: string, channelId: string): Promise<ActiveChannel> {
  const channel = await tx.channel.findFirst({
    where: { tenantId, id: channelId, deletedAt: null },
    select: { status: true, aiEnabled: true, aiAgentsEnabled: true, debounceTimeoutMs: true },
  });
  if (!channel) throw new AppError('NOT_FOUND', 'There is no channel with this id');
  if (channel.status === 'inactive') {
    throw new AppError('INVARIANT_VIOLATION', 'The channel is not active; activate it first');
  }
  return channel;
}

async function requireMessage(
  tx: Tx,
  tenantId: string,
  { messageId, contactId, channelId }: { messageId: string; contactId: string; channelId: string },
): Promise<void> {
  const found = await tx.message.findFirst({
    where: { tenantId, id: messageId, contactId, channelId, deletedAt: null },
    select: { id: true },
  });
  if (!found)
    throw new AppError('NOT_FOUND', 'There is no message of this contact on this channel with the id in reply_to_id');
}

/** Where the channel delivers: the number or hidden id it knows the contact by, else the contact's phone. */
async function addressOf(tx: Tx, tenantId: string, { contactId }: { contactId: string }): Promise<string> {
  const contact = await tx.contact.findFirst({
    where: { tenantId, id: contactId, deletedAt: null },
    select: { phone: true },
  });
  if (!contact) throw new AppError('NOT_FOUND', 'There is no contact with this id');
  const identities = await tx.contactIdentity.findMany({ where: { tenantId, contactId } });
  const valueOf = (kind: string) => identities.find((identity) => identity.kind === kind)?.value;
  const number = valueOf('waha_wid') ?? valueOf('waha_jid') ?? contact.phone?.replace(/\D/g, '');
  if (number) return `${number}@c.us`;
  const hiddenId = valueOf('waha_lid');
  if (hiddenId) return `${hiddenId}@lid`;
  throw new AppError('INVARIANT_VIOLATION', 'The contact has no phone; set one before sending');
}

interface OpenedThread {
  conversationId: string;
  sessionId: string;
  timeoutMinutes: number;
}

async function openThread(
  tx: Tx,
  tenantId: string,
  { contactId, channelId, chatAddress }: { contactId: string; channelId: string; chatAddress: string },
): Promise<OpenedThread> {
  const newSessionId = newId();
  const [thread] = await tx.$queryRawUnsafe<OpenedThread[]>(
    sqlFile('core/crm/sql/open_outbound_thread.sql'),
    tenantId,
    channelId,
    contactId,
    chatAddress,
    newId(),
    newSessionId,
  );
  if (!thread) throw new AppError('INTERNAL_ERROR', 'A conversation could not be opened');
  const { conversationId, sessionId, timeoutMinutes } = thread;
  if (sessionId === newSessionId) {
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'session',
        aggregateId: sessionId,
        eventType: 'session.started',
        data: { sessionId, contactId, conversationId, channelId, chatId: null, timeoutMinutes },
      },
    ]);
  }
  return thread;
}
