import { isRecord, textOf } from '../http';
import type { Answer, Call } from '../types';
import { readSentFile, type SentFile } from './waha-files';
import { ENVIRONMENT, ME, messagePayload, newBareId, serialisedId, type WahaMessage } from './waha-messages';

/** A message that the shop sent through the API. */
export interface SentMessage {
  messageId: string;
  /** The id the sender made beforehand; null when it left that to WAHA. */
  requestedId: string | null;
  session: string;
  chatId: string;
  type: 'text' | 'image' | 'document' | 'voice' | 'video';
  text: string | null;
  caption: string | null;
  replyTo: string | null;
  file: SentFile | null;
  /** How many accepted requests carried this message. */
  attempts: number;
  /** ISO time of the first of them. */
  firstAt: string;
}

/** The last ones stay known, for duplicates and for tests; a day of sends fits. */
const MAX_SENT = 200_000;

const SENDS: Record<string, SentMessage['type']> = {
  '/api/sendText': 'text',
  '/api/sendImage': 'image',
  '/api/sendFile': 'document',
  '/api/sendVoice': 'voice',
  '/api/sendVideo': 'video',
};

/** The kind of message that this request sends; undefined when it does not send. */
export const sendTypeOf = (call: Call): SentMessage['type'] | undefined =>
  call.method === 'POST' ? SENDS[call.path] : undefined;

/** What the shop sent, each message once; twice where its session does not deduplicate. */
export class SentMessages {
  private readonly all = new Set<SentMessage>();
  private readonly byId = new Map<string, SentMessage>();
  private readonly withoutDeduplication = new Set<string>();

  /** Whether a text with an id that was sent before is a repetition (as at WAHA) or a second message. */
  setDeduplication(session: string, deduplicates: boolean): void {
    if (deduplicates) this.withoutDeduplication.delete(session);
    else this.withoutDeduplication.add(session);
  }

  /** `isNew` is false for a repetition, that is, for a text with an id that was sent before. */
  async accept(
    call: Call,
    type: SentMessage['type'],
  ): Promise<{ answer: Answer; sent: SentMessage | null; isNew: boolean }> {
    const body = isRecord(call.body) ? call.body : {};
    const problem = problemIn(body, type);
    if (problem) return refusal(badRequest(problem));
    const file = type === 'text' ? null : await readSentFile(body.file);
    if (file === 'missing') return refusal(badRequest('file must have a mimetype and either url or data'));
    if (file === 'unreachable') return refusal(serverError('The file could not be fetched from its url'));

    const chatId = textOf(body.chatId);
    // Only sendText takes an id made beforehand; a repeated media send is a second message, as it is on WhatsApp.
    const requestedId = type === 'text' ? textOf(body.id) || null : null;
    const messageId = serialisedId(requestedId ?? newBareId(), { chatId, fromMe: true });
    const session = sessionOf(call);
    const known = this.byId.get(messageId);
    if (known && !this.withoutDeduplication.has(session)) {
      known.attempts += 1;
      return { answer: accepted(known), sent: known, isNew: false };
    }
    const sent: SentMessage = {
      messageId,
      requestedId,
      session,
      chatId,
      type,
      text: type === 'text' ? textOf(body.text) : null,
      caption: typeof body.caption === 'string' ? body.caption : null,
      replyTo: textOf(body.reply_to) || null,
      file,
      attempts: 1,
      firstAt: new Date().toISOString(),
    };
    this.remember(sent);
    return { answer: accepted(sent), sent, isNew: true };
  }

  /** Oldest first. */
  list(): SentMessage[] {
    return [...this.all];
  }

  clear(): void {
    this.all.clear();
    this.byId.clear();
    this.withoutDeduplication.clear();
  }

  private remember(sent: SentMessage): void {
    this.all.add(sent);
    this.byId.set(sent.messageId, sent);
    const [oldest] = this.all;
    if (this.all.size <= MAX_SENT || !oldest) return;
    this.all.delete(oldest);
    if (this.byId.get(oldest.messageId) === oldest) this.byId.delete(oldest.messageId);
  }
}

export const sessionOf = (call: Call): string => (isRecord(call.body) ? textOf(call.body.session) : '') || 'default';

export function messageOf(sent: SentMessage): WahaMessage {
  const { file } = sent;
  return {
    id: sent.messageId,
    chatId: sent.chatId,
    fromMe: true,
    source: 'api',
    type: sent.type,
    text: sent.text ?? sent.caption ?? '',
    pushName: ME.pushName,
    participant: null,
    media: file ? { url: file.url ?? '', mimetype: file.mimetype, filename: file.filename } : null,
    replyTo: sent.replyTo,
    timestampSeconds: Math.floor(Date.parse(sent.firstAt) / 1000),
    ack: 1,
  };
}

function problemIn(body: Record<string, unknown>, type: SentMessage['type']): string | null {
  if (!textOf(body.chatId).includes('@')) return 'chatId must be a chat id, such as 5511987654321@c.us';
  if (type === 'text' && typeof body.text !== 'string') return 'text must be a string';
  const convertible = type === 'voice' || type === 'video';
  return convertible && typeof body.convert !== 'boolean' ? 'convert must be a boolean value' : null;
}

const accepted = (sent: SentMessage): Answer => ({
  status: 201,
  operation: 'send',
  body: messagePayload(messageOf(sent)),
});

const refusal = (answer: Answer) => ({ answer, sent: null, isNew: false });

const badRequest = (message: string): Answer => ({
  status: 400,
  body: { statusCode: 400, message: [message], error: 'Bad Request' },
});

const serverError = (message: string): Answer => ({
  status: 500,
  body: {
    statusCode: 500,
    timestamp: new Date().toISOString(),
    exception: { name: 'Error', message },
    request: {},
    version: ENVIRONMENT,
  },
});
