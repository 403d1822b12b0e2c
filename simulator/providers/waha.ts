import { randomUUID } from 'node:crypto';
import { isRecord, recordsOf, textOf } from '../http';
import type { Answer, Call, ProviderHandler } from '../types';
import { WahaHistory } from './waha-history';
import { MediaFiles, type InboundFile } from './waha-files';
import {
  ACK_NAMES,
  ENVIRONMENT,
  ME,
  messagePayload,
  newBareId,
  serialisedId,
  toChatId,
  type WahaMessage,
  type WahaMessageType,
} from './waha-messages';
import { messageOf, sendTypeOf, SentMessages, sessionOf, type SentMessage } from './waha-sent';
import { WebhookSender, type Delivery, type WahaEnvelope, type WebhookTarget } from './waha-webhooks';

export interface InboundMessage {
  /** Default `default`. */
  session?: string;
  /** Phone number or chat id of the peer, also for fromMe; a group id together with `participant`. */
  from: string;
  pushName?: string;
  type: WahaMessageType;
  text?: string;
  file?: InboundFile;
  caption?: string;
  /** Id of the message it answers. */
  replyTo?: string;
  participant?: string;
  /** Written by the shop on its own phone: arrives as message.any. */
  fromMe?: boolean;
  /** The message id, whole or only its hex part. Made up unless given. */
  id?: string;
  timestampSeconds?: number;
  /** How many times the very same event is delivered, at once. */
  copies?: number;
  /** Signs with this key instead of the session's; null leaves the signature out. */
  hmacKeyOverride?: string | null;
}

export const SESSION_STATUSES = [
  'STOPPED',
  'STARTING',
  'SCAN_QR_CODE',
  'PASSKEY_REQUIRED',
  'PASSKEY_CONFIRMATION_REQUIRED',
  'WORKING',
  'FAILED',
] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** WAHA: sends, sessions and media files as a server, and the webhooks that it sends by itself. */
export class Waha {
  private readonly messages = new SentMessages();
  private readonly media = new MediaFiles();
  private readonly history = new WahaHistory();
  private readonly sender = new WebhookSender();
  private readonly sessions = new Map<string, SessionStatus>();
  private readonly targets = new Map<string, WebhookTarget>();
  /** Set once the server listens: media URLs point back to it. */
  baseUrl = '';

  constructor(private readonly options: { apiKey: string | undefined }) {}

  /** Where the events of a session go from now on. */
  configureWebhook(target: WebhookTarget): void {
    this.targets.set(target.session, target);
  }

  /** What was sent, oldest first, one row per message however often it was asked for, unless its session does not deduplicate. */
  sent(): SentMessage[] {
    return this.messages.list();
  }

  /** As WAHA does, a session takes texts with the same id for one, until it is told not to: other gateways do not. */
  setDeduplication(session: string, deduplicates: boolean): void {
    this.messages.setDeduplication(session, deduplicates);
  }

  /** Webhooks on their way or waiting for a retry. */
  pendingDeliveries(): number {
    return this.sender.pendingCount();
  }

  /** Changes the session's state, and tells the webhook when there is one. */
  async setSessionStatus(session: string, status: SessionStatus): Promise<void> {
    this.sessions.set(session, status);
    if (!this.targets.has(session)) return;
    const statuses = [{ status, timestamp: Date.now() }];
    await this.emit('session.status', { name: session, status, statuses, data: null }, { session });
  }

  /**
   * Lets a customer write. Resolves after the first attempt of every copy, with its HTTP status (0: no connection);
   * what failed is retried in the background.
   *
   * @throws Error when the session has no webhook
   */
  async receive(inbound: InboundMessage): Promise<{ messageId: string; deliveries: Delivery[] }> {
    const target = this.targetOf(inbound.session ?? 'default');
    const message = await this.messageFrom(inbound);
    this.history.add(target.session, message);
    const event = message.fromMe ? 'message.any' : 'message';
    const envelope = envelopeOf(target.session, event, messagePayload(message));
    const copies = Array.from({ length: inbound.copies ?? 1 }, () =>
      this.sender.deliver(target, envelope, inbound.hmacKeyOverride),
    );
    return { messageId: message.id, deliveries: await Promise.all(copies) };
  }

  /** A message the phone has had for long: in its history, and told to nobody. Answers its id. */
  async remember(inbound: InboundMessage): Promise<string> {
    const message = await this.messageFrom(inbound);
    this.history.add(inbound.session ?? 'default', message);
    return message.id;
  }

  /** Sends any event as it is. The session is `default` unless given. */
  async emit(event: string, payload: unknown, { session = 'default' } = {}): Promise<Delivery> {
    return this.sender.deliver(this.targetOf(session), envelopeOf(session, event, payload));
  }

  readonly handle: ProviderHandler = async (call) => {
    if (call.path === '/ping') return { status: 200, body: { message: 'pong' } };
    const key = call.headers['x-api-key'];
    if (!key || (this.options.apiKey !== undefined && key !== this.options.apiKey)) {
      return { status: 401, body: { message: 'Unauthorized', statusCode: 401 } };
    }
    const history = this.history.answer(call);
    if (history) return history;
    const type = sendTypeOf(call);
    if (type) return this.send(call, type);
    if (call.path.startsWith('/api/sessions')) return this.answerSession(call);
    const file = call.method === 'GET' ? call.path.match(/^\/api\/files\/(.+)$/)?.[1] : undefined;
    if (file !== undefined) return this.media.serve(file);
    if (call.path === '/health') return { status: 200, body: { status: 'ok', info: {}, error: {}, details: {} } };
    if (/^\/api\/[^/]+\/new-message-id$/.test(call.path)) return { status: 200, body: { id: newBareId() } };
    if (/^\/api\/(startTyping|stopTyping|sendSeen)$/.test(call.path)) return { status: 201, body: {} };
    return {
      status: 404,
      body: { message: `Cannot ${call.method} ${call.path}`, error: 'Not Found', statusCode: 404 },
    };
  };

  /** Forgets messages, files and session states. Webhooks stay configured: they are set-up, not traffic. */
  async reset(): Promise<void> {
    this.messages.clear();
    this.media.clear();
    this.history.clear();
    this.sessions.clear();
    await this.sender.cancelRetries();
  }

  stop(): Promise<void> {
    return this.sender.stop();
  }

  private async messageFrom(inbound: InboundMessage): Promise<WahaMessage> {
    const fromMe = inbound.fromMe ?? false;
    const chatId = toChatId(inbound.from);
    const participant = inbound.participant ? toChatId(inbound.participant) : null;
    const { file } = inbound;
    return {
      id: serialisedId(inbound.id ?? newBareId(), { chatId, fromMe, participant }),
      chatId,
      fromMe,
      source: 'app',
      type: inbound.type,
      text: inbound.text ?? inbound.caption ?? '',
      pushName: inbound.pushName ?? '',
      participant,
      media: file
        ? {
            url: `${this.baseUrl}/api/files/${await this.media.store(file)}`,
            mimetype: file.mimetype,
            filename: file.filename ?? null,
          }
        : null,
      replyTo: inbound.replyTo ?? null,
      timestampSeconds: inbound.timestampSeconds ?? Math.floor(Date.now() / 1000),
      ack: fromMe ? 1 : 2,
    };
  }

  private async send(call: Call, type: SentMessage['type']): Promise<Answer> {
    const session = sessionOf(call);
    const status = this.sessions.get(session) ?? 'WORKING';
    if (status !== 'WORKING') return { status: 422, body: notWorking(session, status) };
    const { answer, sent, isNew } = await this.messages.accept(call, type);
    if (sent && isNew) {
      this.history.add(session, messageOf(sent));
      void this.announce(sent);
    }
    return answer;
  }

  /** Echo and acknowledgements, each after the other's first attempt so that they leave in order. */
  private async announce(sent: SentMessage): Promise<void> {
    const target = this.targets.get(sent.session);
    if (!target || target.emitSendEvents === false) return;
    const ackEvent = sent.chatId.endsWith('@g.us') ? 'message.ack.group' : 'message.ack';
    const events = [
      { event: 'message.any', payload: messagePayload(messageOf(sent)) },
      ...[1, 2, 3].map((ack) => ({ event: ackEvent, payload: ackPayload(sent, ack) })),
    ];
    for (const { event, payload } of events) {
      if (target.events && !target.events.includes(event)) continue;
      await this.sender.deliver(target, envelopeOf(sent.session, event, payload));
    }
  }

  private answerSession(call: Call): Answer {
    const [, name, action] = call.path.match(/^\/api\/sessions(?:\/([^/]+))?(?:\/(\w+))?\/?$/) ?? [];
    const body = isRecord(call.body) ? call.body : {};
    if (!name && call.method === 'GET') {
      const names = new Set(['default', ...this.sessions.keys(), ...this.targets.keys()]);
      return { status: 200, body: [...names].map((session) => this.describeSession(session)) };
    }
    const session = name ?? (textOf(body.name) || 'default');
    if (call.method === 'PUT' || (call.method === 'POST' && !name)) this.applyConfig(session, body.config);
    if (action === 'stop' || action === 'logout') this.sessions.set(session, 'STOPPED');
    if (action === 'start' || action === 'restart') this.sessions.set(session, 'WORKING');
    if (call.method === 'DELETE') {
      this.targets.delete(session);
      return { status: 200, body: {} };
    }
    if (action === 'me') return { status: 200, body: ME };
    return { status: call.method === 'POST' ? 201 : 200, body: this.describeSession(session) };
  }

  private applyConfig(session: string, config: unknown): void {
    const [webhook] = recordsOf(isRecord(config) ? config.webhooks : []);
    if (!webhook) return;
    const retries = isRecord(webhook.retries) ? webhook.retries : {};
    this.configureWebhook({
      session,
      url: textOf(webhook.url),
      hmacKey: isRecord(webhook.hmac) ? textOf(webhook.hmac.key) || null : null,
      ...(Array.isArray(webhook.events) ? { events: webhook.events.map(String) } : {}),
      ...(typeof retries.delaySeconds === 'number' ? { retryDelayMs: retries.delaySeconds * 1000 } : {}),
      ...(typeof retries.attempts === 'number' ? { retryAttempts: retries.attempts } : {}),
    });
  }

  private describeSession(session: string): Record<string, unknown> {
    const target = this.targets.get(session);
    const webhooks = target ? [{ url: target.url, events: target.events ?? ['*'] }] : [];
    return {
      name: session,
      status: this.sessions.get(session) ?? 'WORKING',
      me: ME,
      engine: { engine: ENVIRONMENT.engine },
      config: { webhooks },
    };
  }

  private targetOf(session: string): WebhookTarget {
    const target = this.targets.get(session);
    if (!target) throw new Error(`No webhook is configured for session ${session}`);
    return target;
  }
}

const notWorking = (session: string, status: SessionStatus) => ({
  error: 'Session status is not as expected. Try again later or restart the session',
  session,
  status,
  expected: ['WORKING'],
});

const ackPayload = (sent: SentMessage, ack: number) => ({
  id: sent.messageId,
  from: ME.id,
  to: sent.chatId,
  participant: null,
  fromMe: true,
  ack,
  ackName: ACK_NAMES[ack],
});

function envelopeOf(session: string, event: string, payload: unknown): WahaEnvelope {
  return {
    id: `evt_${randomUUID().replaceAll('-', '').slice(0, 26)}`,
    timestamp: Date.now(),
    event,
    session,
    metadata: {},
    me: ME,
    payload,
    engine: ENVIRONMENT.engine,
    environment: ENVIRONMENT,
  };
}
