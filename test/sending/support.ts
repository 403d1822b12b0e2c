import { queueMessage } from '../../core/crm/send-message';
import { eventually } from '../support/eventually';
import type { Product } from '../support/product';
import type { TestChannel } from '../support/channel';
import { newPhone } from '../support/webhook';

/** Somebody who has written, so that there is a conversation to send into. */
export interface Thread {
  tenantId: string;
  channel: TestChannel;
  contactId: string;
  conversationId: string;
  /** The chat at the channel. */
  chatId: string;
}

export type Outgoing = { text: string } | { image: string };

/** A conversation of a shop that reads media but leaves the answers to people. */
export async function newThread(product: Product): Promise<Thread> {
  const { tenantId, channel } = await product.newShop({ aiEnabled: true, aiAgentsEnabled: false });
  const chatId = `${newPhone()}@c.us`;
  await product.simulator.waha.receive({ session: channel.externalId, from: chatId, type: 'text', text: 'Oi' });
  const { id, contactId } = await eventually('the conversation', () =>
    product.db.withTenant(tenantId, (tx) => tx.conversation.findFirst({ where: { tenantId } })),
  );
  return { tenantId, channel, contactId, conversationId: id, chatId };
}

/** Queues what a person wrote, as the API does; an image has a caption and an address outside. */
export function queue({ db }: Product, thread: Thread, outgoing: Outgoing): Promise<string> {
  const { tenantId, contactId, channel } = thread;
  const isText = 'text' in outgoing;
  return db.withTenant(tenantId, async (tx) => {
    const { messageId } = await queueMessage(tx, tenantId, {
      contactId,
      channelId: channel.channelId,
      contentType: isText ? 'text' : 'image',
      text: isText ? outgoing.text : outgoing.image,
      mediaUrl: isText ? null : new URL('https://files.example.com/foto.jpg'),
    });
    return messageId;
  });
}

export function messageOf({ db }: Product, { tenantId }: Thread, messageId: string) {
  return db.withTenant(tenantId, (tx) =>
    tx.message.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: messageId } } }),
  );
}

/** What this shop has sent and is not taken back. */
export function ownMessages({ db }: Product, { tenantId }: Thread) {
  return db.withTenant(tenantId, (tx) =>
    tx.message.findMany({ where: { tenantId, fromMe: true, deletedAt: null }, orderBy: { sentAt: 'asc' } }),
  );
}

export function statusBecomes(product: Product, thread: Thread, messageId: string, status: string) {
  return eventually(`${status}`, async () => {
    const message = await messageOf(product, thread, messageId);
    return message.status === status && message;
  });
}

export const sentTo = ({ simulator }: Product, { chatId }: Thread) =>
  simulator.waha.sent().filter((sent) => sent.chatId === chatId);
