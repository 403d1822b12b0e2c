import { getContact } from '../../crm/contacts';
import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';

const MOST_TRANSFERS = 500;
const MOST_REPLIES = 500;
const MOST_REPLY_STEPS = 50;
const MOST_TOUCHES = 100;

/** One change of who answers a conversation; `ai` and `waiting` are handlers of their own. */
export interface Transfer {
  /** Of the person's agent, or of the handler's node in the graph. */
  fromId: string;
  fromName: string | null;
  toId: string;
  toName: string | null;
  handler: 'ai' | 'waiting' | 'human';
  transferredAt: Date;
}

export interface ThreadMessage {
  messageId: string;
  replyToId: string | null;
  /** 0 for the message that the thread began with. */
  depth: number;
  fromMe: boolean;
  contentType: string;
  text: string | null;
  sentAt: Date;
}

/** An advertisement that the contact came from. */
export interface Touch {
  adId: string;
  name: string;
  messageId: string;
  cameAt: Date;
  source: string | null;
  app: string | null;
  externalAdId: string | null;
  clickId: string | null;
}

export interface Attribution {
  first: Touch | null;
  last: Touch | null;
  /** Oldest first, the first hundred. */
  touches: Touch[];
}

/** Who answered a conversation after whom, oldest first, the first 500. @throws AppError NOT_FOUND */
export async function transferChain(tx: Tx, tenantId: string, conversationId: string): Promise<Transfer[]> {
  const conversation = await tx.conversation.findFirst({
    where: { tenantId, id: conversationId },
    select: { contactId: true },
  });
  if (!conversation) throw new AppError('NOT_FOUND', 'There is no conversation with this id');
  return tx.$queryRawUnsafe<Transfer[]>(
    sqlFile('core/memory/graph/sql/transfers.sql'),
    tenantId,
    conversationId,
    conversation.contactId,
    MOST_TRANSFERS,
  );
}

/**
 * The thread a message is part of: what it answers, and what answers that, from the beginning on; up to 50 steps each way and
 * 500 messages. A message that answers nothing and was not answered is alone.
 *
 * @throws AppError NOT_FOUND
 */
export async function replyThread(tx: Tx, tenantId: string, messageId: string): Promise<ThreadMessage[]> {
  if ((await tx.message.count({ where: { tenantId, id: messageId, deletedAt: null } })) === 0) {
    throw new AppError('NOT_FOUND', 'There is no message with this id');
  }
  return tx.$queryRawUnsafe<ThreadMessage[]>(
    sqlFile('core/memory/graph/sql/reply_thread.sql'),
    tenantId,
    messageId,
    MOST_REPLY_STEPS,
    MOST_REPLIES,
  );
}

/** Which advertisements led a contact here, first and last. @throws AppError NOT_FOUND */
export async function attribution(tx: Tx, tenantId: string, contactId: string): Promise<Attribution> {
  await getContact(tx, tenantId, contactId);
  const touches = await tx.$queryRawUnsafe<Touch[]>(
    sqlFile('core/memory/graph/sql/attribution.sql'),
    tenantId,
    contactId,
    MOST_TOUCHES,
  );
  return { first: touches[0] ?? null, last: touches.at(-1) ?? null, touches };
}
