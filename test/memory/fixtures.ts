import { embedMessages } from '../../core/memory/embed-texts';
import { attempt, type Bench } from '../enrichment/support';
import type { Database } from '../../core/database';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';

export interface TestConversation {
  tenantId: string;
  channelId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
}

/** A channel, a contact and an open session of the tenant, without any message. */
export async function newConversation(db: Database, tenantId: string): Promise<TestConversation> {
  const ids = { channelId: newId(), contactId: newId(), conversationId: newId(), sessionId: newId() };
  const now = new Date();
  await db.withTenant(tenantId, async (tx) => {
    await tx.channel.create({
      data: {
        id: ids.channelId,
        tenantId,
        name: 'WhatsApp',
        type: 'waha',
        status: 'active',
        externalId: 'default',
        webhookId: newId(),
        webhookSecretEncrypted: 'x',
        baseUrl: 'http://127.0.0.1:1',
        apiKeyEncrypted: 'x',
      },
    });
    await tx.contact.create({ data: { id: ids.contactId, tenantId, name: 'Cliente' } });
    await tx.conversation.create({
      data: {
        id: ids.conversationId,
        tenantId,
        channelId: ids.channelId,
        contactId: ids.contactId,
        externalChatId: '5511987654321@c.us',
      },
    });
    await tx.session.create({
      data: {
        id: ids.sessionId,
        tenantId,
        contactId: ids.contactId,
        channelId: ids.channelId,
        conversationId: ids.conversationId,
        timeoutMinutes: 30,
        startedAt: now,
        lastActivityAt: now,
      },
    });
  });
  return { tenantId, ...ids };
}

/** Writes a message and returns its id. `extractedText` is what an enrichment read from its medium. */
export async function say(
  db: Database,
  conversation: TestConversation,
  message: { text: string | null; fromMe?: boolean; sentAt?: Date; contentType?: string; extractedText?: string },
): Promise<string> {
  const { tenantId, channelId, contactId, conversationId, sessionId } = conversation;
  const id = newId();
  const contentType = message.contentType ?? 'text';
  await db.withTenant(tenantId, async (tx) => {
    await tx.message.create({
      data: {
        id,
        tenantId,
        channelId,
        contactId,
        conversationId,
        sessionId,
        fromMe: message.fromMe ?? false,
        contentType,
        text: message.text,
        status: message.fromMe ? 'sent' : 'delivered',
        source: 'webhook',
        agentId: SYSTEM_AGENT_IDS.default,
        sentAt: message.sentAt ?? new Date(),
      },
    });
    if (message.extractedText) {
      await tx.messageEnrichment.create({
        data: {
          id: newId(),
          tenantId,
          messageId: id,
          contactId,
          contentType,
          status: 'completed',
          extractedText: message.extractedText,
        },
      });
    }
  });
  return id;
}

/** A conversation in which the customer said these texts, each with its vector of the bench's model. */
export async function embeddedConversation(
  { deps, tenantId }: Bench,
  texts: readonly string[],
): Promise<TestConversation> {
  const conversation = await newConversation(deps.db, tenantId);
  const messageIds: string[] = [];
  for (const text of texts) messageIds.push(await say(deps.db, conversation, { text }));
  await embedMessages(deps, { tenantId, messageIds }, attempt());
  return conversation;
}
