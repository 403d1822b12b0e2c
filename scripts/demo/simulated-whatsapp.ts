import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../core/project-root';
import { CUSTOMER, type CustomerMessage } from './conversation';
import { createJsonClient, type JsonClient } from './json-client';

/** WAHA's name for the number of the shop. */
export const SESSION = 'loja-aurora';

/** What WhatsApp's API counts as an accepted webhook. */
const ACCEPTED = 200;

const receivedSchema = z.object({
  messageId: z.string(),
  deliveries: z.array(z.object({ status: z.number() })),
});

const sentSchema = z.object({
  sent: z.array(
    z.object({
      messageId: z.string(),
      requestedId: z.string().nullable(),
      chatId: z.string(),
      text: z.string().nullable(),
    }),
  ),
});

export type SentMessage = z.output<typeof sentSchema>['sent'][number];

/** The customer's phone and the shop's number, both played by the simulator. */
export interface SimulatedWhatsapp {
  connect(webhook: { url: string; secret: string }): Promise<void>;
  /** Lets the customer send. @returns WhatsApp's id of the message, once the webhook was accepted. */
  send(message: CustomerMessage): Promise<string>;
  /** What reached the customer, oldest first. */
  delivered(): Promise<SentMessage[]>;
}

export function createSimulatedWhatsapp(controlUrl: string, signal: AbortSignal): SimulatedWhatsapp {
  const control: JsonClient = createJsonClient(controlUrl, { signal });
  return {
    async connect({ url, secret }) {
      await control.post('/waha/webhook', { session: SESSION, url, hmacKey: secret }, z.unknown());
    },
    async send({ kind, text, file }) {
      const body = {
        session: SESSION,
        from: CUSTOMER.chatId,
        pushName: CUSTOMER.name,
        type: kind,
        ...(text === undefined ? {} : kind === 'text' ? { text } : { caption: text }),
        ...(file ? { file: { path: fixture(file.name), mimetype: file.mimetype, filename: file.name } } : {}),
      };
      const { messageId, deliveries } = await control.post('/waha/receive', body, receivedSchema);
      const refused = deliveries.find(({ status }) => status !== ACCEPTED);
      if (refused) throw new Error(`the webhook answered ${refused.status} to the ${kind} message instead of 200`);
      return messageId;
    },
    async delivered() {
      const { sent } = await control.get('/waha/sent', sentSchema);
      return sent.filter(({ chatId }) => chatId === CUSTOMER.chatId);
    },
  };
}

export function fixture(name: string): string {
  return path.join(projectRoot(), 'test/fixtures/media', name);
}
