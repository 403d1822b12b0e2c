import path from 'node:path';
import type { Client } from '@temporalio/client';
import { changeHandler } from '../../core/conversation/handler';
import type { Handler } from '../../core/conversation/types';
import { sqlFile, type Tx } from '../../core/database';
import { AppError } from '../../core/errors';
import type { InboundFile, InboundMessage, SentMessage, WahaMessageType } from '../../simulator';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { eventually } from '../support/eventually';
import { MEDIA_FIXTURES, type Product } from '../support/product';
import { newPhone } from '../support/webhook';

/** A medium as a customer sends it. */
export interface Medium {
  type: WahaMessageType;
  file: InboundFile;
  caption?: string;
}

const fixture = (name: string) => path.join(MEDIA_FIXTURES, name);

export const PHOTO: Medium = { type: 'image', file: { path: fixture('photo.jpg'), mimetype: 'image/jpeg' } };
export const VOICE: Medium = {
  type: 'voice',
  file: { path: fixture('voice.ogg'), mimetype: 'audio/ogg; codecs=opus' },
};
export const VIDEO: Medium = { type: 'video', file: { path: fixture('video.mp4'), mimetype: 'video/mp4' } };
export const ORDER_PDF: Medium = {
  type: 'document',
  file: { path: fixture('order.pdf'), mimetype: 'application/pdf', filename: 'pedido.pdf' },
};
export const ENCRYPTED_PDF: Medium = {
  type: 'document',
  file: { path: fixture('encrypted.pdf'), mimetype: 'application/pdf', filename: 'contrato.pdf' },
};

/** Somebody with a number nobody else has, so that tests of one process do not read each other's messages. */
export interface Customer {
  from: string;
  name: string;
  says(text: string, also?: Partial<InboundMessage>): Promise<string>;
  sends(medium: Medium, also?: Partial<InboundMessage>): Promise<string>;
  /** What reached this customer, oldest first. */
  replies(): SentMessage[];
}

/** A customer who writes to the shop that was made last. */
export function newCustomer({ simulator }: Product): Customer {
  const phone = newPhone();
  const from = `${phone}@c.us`;
  const name = `Marina ${phone}`;
  const write = async (message: Omit<InboundMessage, 'from'>) => {
    const { messageId } = await simulator.waha.receive({ session: 'loja', pushName: name, ...message, from });
    return messageId;
  };
  return {
    from,
    name,
    says: (text, also) => write({ type: 'text', text, ...also }),
    sends: (medium, also) => write({ ...medium, ...also }),
    replies: () => simulator.waha.sent().filter(({ chatId }) => chatId === from),
  };
}

/** The replies once there are `count` of them. */
export function repliesTo(customer: Customer, count: number, timeoutMs?: number): Promise<SentMessage[]> {
  const enough = () => {
    const replies = customer.replies();
    return replies.length >= count && replies;
  };
  return eventually(`${count} replies at the channel`, enough, timeoutMs);
}

interface ChatMessage {
  role: string;
  content: string | null;
}

/** What the language model was given in every call of an agent about this customer, oldest first. */
export function agentPrompts({ simulator }: Product, { name }: Customer): ChatMessage[][] {
  return simulator
    .requests('openai')
    .filter(({ path: route }) => route.endsWith('/chat/completions'))
    .map(({ body }) => (body as { messages: ChatMessage[] }).messages)
    .filter(([system]) => system?.content?.includes(`Você fala com ${name}`));
}

/** The last thing a user said in a prompt: the messages of the turn. */
export function turnText(messages: ChatMessage[]): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}

export function turnsOf({ db }: Product, tenantId: string) {
  return db.withTenant(tenantId, (tx) => tx.decisionRecord.findMany({ where: { tenantId }, orderBy: { id: 'asc' } }));
}

export function enrichmentsOf({ db }: Product, tenantId: string) {
  return db.withTenant(tenantId, (tx) =>
    tx.messageEnrichment.findMany({ where: { tenantId }, orderBy: { createdAt: 'asc' } }),
  );
}

/** The conversation of a tenant that has only one, once it is there. */
export function conversationOf({ db }: Product, tenantId: string) {
  return eventually('the conversation', () =>
    db.withTenant(tenantId, (tx) => tx.conversation.findFirst({ where: { tenantId } })),
  );
}

export async function handTo(product: Product, tenantId: string, handler: Handler): Promise<Date> {
  const { id } = await conversationOf(product, tenantId);
  await product.db.withTenant(tenantId, (tx) =>
    changeHandler(tx, {
      tenantId,
      conversationId: id,
      handler,
      name: handler === 'human' ? 'Bia' : null,
      reason: null,
    }),
  );
  return new Date();
}

/** Until it is restored, no turn gets anything from memory. @returns what restores it */
export function takeMemoryOut({ deps: { db } }: Product): () => void {
  const { withTenant, endWith } = db;
  // What only a recall for the prompt reads, in a step of its own or with the preparation of the turn.
  const ofRecall = sqlFile('core/memory/sql/oldest_memory.sql');
  const without = (tx: Tx): Tx =>
    new Proxy(tx, {
      get: (target, name) =>
        name === '$queryRawUnsafe'
          ? (text: string, ...values: unknown[]) =>
              text === ofRecall
                ? Promise.reject(new AppError('DATABASE_ERROR', 'memory is out'))
                : target.$queryRawUnsafe(text, ...values)
          : Reflect.get(target, name),
    });
  db.withTenant = (tenantId, work, options) => withTenant(tenantId, (tx) => work(without(tx)), options);
  db.endWith = (tenantId, work, lastOf, options) => endWith(tenantId, (tx) => work(without(tx)), lastOf, options);
  return () => Object.assign(db, { withTenant, endWith });
}

/** Waits until everything that was asked for is done: events delivered, turns answered, messages sent. */
export async function settled({ db, client }: Product, tenantId: string): Promise<void> {
  await eventually('everything to be done', async () => {
    const events = await db.withSystem((tx) =>
      tx.outboxEvent.count({ where: { tenantId, status: { in: ['pending', 'processing'] } } }),
    );
    const { messages, conversations } = await db.withTenant(tenantId, async (tx) => ({
      messages: await tx.message.count({ where: { tenantId, status: { in: ['queued', 'sending'] } } }),
      conversations: await tx.conversation.findMany({ where: { tenantId } }),
    }));
    if (events > 0 || messages > 0) return false;
    for (const conversation of conversations) {
      const state = await stateOf(client, conversationWorkflowId(conversation));
      if (state && (state.pendingMessageIds.length > 0 || state.runningTurnId)) return false;
    }
    return true;
  });
}

async function stateOf(client: Client, workflowId: string) {
  const handle = client.workflow.getHandle(workflowId);
  const { status } = await handle.describe();
  if (status.name !== 'RUNNING') return null;
  return handle.query<{ pendingMessageIds: string[]; runningTurnId: string | null }>('getState');
}

export interface ScheduledActivity {
  type: string;
  queue: string;
}

/** Every activity a workflow's run has scheduled on a queue, in order. */
export async function scheduledActivities(client: Client, workflowId: string): Promise<ScheduledActivity[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [{ type: scheduled.activityType?.name ?? '', queue: scheduled.taskQueue?.name ?? '' }] : [],
  );
}
