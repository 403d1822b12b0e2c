import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { isRecord, recordsOf, sha256, textOf } from '../http';
import type { Answer, Call, FileSummary, ProviderHandler } from '../types';
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
import { WebhookSender, type Delivery, type WahaEnvelope, type WebhookTarget } from './waha-webhooks';

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
  file: (Partial<FileSummary> & { mimetype: string; filename: string | null; url: string | null }) | null;
  /** How many accepted requests carried this message. */
  attempts: number;
  firstAt: string;
}

export interface InboundMessage {
  /** Default `default`. */
  session?: string;
  /** Phone number or chat id of the peer; a group id together with `participant`. Also for fromMe, where it is the addressee. */
  from: string;
  pushName?: string;
  type: WahaMessageType;
  text?: string;
  file?: { bytes?: Buffer; path?: string; mimetype: string; filename?: string };
  caption?: string;
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

export type SessionStatus =
  'STOPPED' | 'STARTING' | 'SCAN_QR_CODE' | 'PASSKEY_REQUIRED' | 'PASSKEY_CONFIRMATION_REQUIRED' | 'WORKING' | 'FAILED';

/** The last ones stay known for duplicates and for tests; a day of sends fits. */
const MAX_SENT = 200_000;
/** Files are kept by content, so a file received a thousand times takes the place of one. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** WAHA: sends, sessions and media files as a server, and the webhooks that it sends by itself. */
export class Waha {
  private readonly sentById = new Map<string, SentMessage>();
  private readonly sessions = new Map<string, SessionStatus>();
  private readonly targets = new Map<string, WebhookTarget>();
  private readonly files = new Map<string, { bytes: Buffer; mimetype: string }>();
  private readonly filesByPath = new Map<string, string>();
  private readonly hashes = new WeakMap<Buffer, string>();
  private fileBytes = 0;
  private readonly sender = new WebhookSender();
  /** Set once the server listens: media URLs point back to it. */
  baseUrl = '';

  constructor(private readonly options: { apiKey: string | undefined }) {}

  configureWebhook(target: WebhookTarget): void {
    this.targets.set(target.session, target);
  }

  /** What was sent, oldest first, one row per message however often it was asked for. */
  sent(): SentMessage[] {
    return [...this.sentById.values()];
  }

  /** Webhooks on their way or waiting for a retry. */
  pendingDeliveries(): number {
    return this.sender.pendingCount();
  }

  /** Changes the session's state, and tells the webhook. */
  async setSessionStatus(session: string, status: SessionStatus): Promise<Delivery> {
    this.sessions.set(session, status);
    const statuses = [{ status, timestamp: Date.now() }];
    return this.emit('session.status', { name: session, status, statuses, data: null }, { session });
  }

  /**
   * Lets a customer write. Resolves after the first attempt of every copy, with its HTTP status (0: no connection);
   * what failed is retried in the background.
   */
  async receive(inbound: InboundMessage): Promise<{ messageId: string; deliveries: Delivery[] }> {
    const fromMe = inbound.fromMe ?? false;
    const chatId = toChatId(inbound.from);
    const participant = inbound.participant ? toChatId(inbound.participant) : null;
    const message: WahaMessage = {
      id: serialisedId(inbound.id ?? newBareId(), { chatId, fromMe, participant }),
      chatId,
      fromMe,
      source: 'app',
      type: inbound.type,
      text: inbound.text ?? inbound.caption ?? '',
      pushName: inbound.pushName ?? '',
      participant,
      media: inbound.file ? await this.store(inbound.file) : null,
      replyTo: inbound.replyTo ?? null,
      timestampSeconds: inbound.timestampSeconds ?? Math.floor(Date.now() / 1000),
      ack: fromMe ? 1 : 2,
    };
    const target = this.targetOf(inbound.session ?? 'default');
    const envelope = envelopeOf(target.session, fromMe ? 'message.any' : 'message', messagePayload(message));
    const copies = Array.from({ length: inbound.copies ?? 1 }, () =>
      this.sender.deliver(target, envelope, inbound.hmacKeyOverride),
    );
    return { messageId: message.id, deliveries: await Promise.all(copies) };
  }

  /** Sends any event as it is. The session is `default` unless given. */
  async emit(event: string, payload: unknown, { session = 'default' } = {}): Promise<Delivery> {
    const target = this.targetOf(session);
    return this.sender.deliver(target, envelopeOf(session, event, payload));
  }

  readonly handle: ProviderHandler = async (call) => {
    if (call.path === '/ping') return { status: 200, body: { message: 'pong' } };
    const key = call.headers['x-api-key'];
    if (!key || (this.options.apiKey !== undefined && key !== this.options.apiKey)) {
      return { status: 401, body: { message: 'Unauthorized', statusCode: 401 } };
    }
    const send = call.method === 'POST' ? SENDS[call.path] : undefined;
    if (send) return this.send(call, send);
    if (call.path.startsWith('/api/sessions')) return this.sessionRequest(call);
    const file = call.method === 'GET' ? call.path.match(/^\/api\/files\/(.+)$/)?.[1] : undefined;
    if (file !== undefined) return this.serveFile(file);
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
    this.sentById.clear();
    this.sessions.clear();
    this.files.clear();
    this.filesByPath.clear();
    this.fileBytes = 0;
    await this.sender.cancelRetries();
  }

  stop(): Promise<void> {
    return this.sender.stop();
  }

  private async send(call: Call, type: SentMessage['type']): Promise<Answer> {
    const body = isRecord(call.body) ? call.body : {};
    const session = textOf(body.session) || 'default';
    const to = textOf(body.chatId);
    const status = this.sessions.get(session) ?? 'WORKING';
    if (status !== 'WORKING') return { status: 422, body: notWorking(session, status) };
    if (!to.includes('@')) return badRequest('chatId must be a chat id, such as 5511987654321@c.us');
    if (type === 'text' && typeof body.text !== 'string') return badRequest('text must be a string');
    if (type === 'voice' && typeof body.convert !== 'boolean') return badRequest('convert must be a boolean value');
    const file = type === 'text' ? null : await sentFile(body.file);
    if (file === 'missing') return badRequest('file must have a mimetype and either url or data');
    if (file === 'unreachable') return serverError('The file could not be fetched from its url');

    // Only sendText takes an id made beforehand; a repeated media send is a second message, as it is on WhatsApp.
    const requestedId = type === 'text' ? textOf(body.id) || null : null;
    const messageId = serialisedId(requestedId ?? newBareId(), { chatId: to, fromMe: true });
    const known = this.sentById.get(messageId);
    if (known) {
      known.attempts += 1;
      return { status: 201, operation: 'send', body: messagePayload(messageOf(known)) };
    }
    const sent: SentMessage = {
      messageId,
      requestedId,
      session,
      chatId: to,
      type,
      text: type === 'text' ? textOf(body.text) : null,
      caption: typeof body.caption === 'string' ? body.caption : null,
      replyTo: textOf(body.reply_to) || null,
      file,
      attempts: 1,
      firstAt: new Date().toISOString(),
    };
    this.remember(sent);
    this.announce(sent);
    return { status: 201, operation: 'send', body: messagePayload(messageOf(sent)) };
  }

  private remember(sent: SentMessage): void {
    this.sentById.set(sent.messageId, sent);
    if (this.sentById.size <= MAX_SENT) return;
    for (const oldest of this.sentById.keys()) {
      this.sentById.delete(oldest);
      break;
    }
  }

  /** Echo and acknowledgements, each after the other's first attempt so that they leave in order. */
  private announce(sent: SentMessage): void {
    const target = this.targets.get(sent.session);
    if (!target || target.emitSendEvents === false) return;
    const message = messageOf(sent);
    const events = [
      { event: 'message.any', payload: messagePayload(message) },
      ...[1, 2, 3].map((ack) => ({
        event: sent.chatId.endsWith('@g.us') ? 'message.ack.group' : 'message.ack',
        payload: {
          id: sent.messageId,
          from: ME.id,
          to: sent.chatId,
          participant: null,
          fromMe: true,
          ack,
          ackName: ACK_NAMES[ack],
        },
      })),
    ].filter(({ event }) => !target.events || target.events.includes(event));
    const deliverAll = async () => {
      for (const { event, payload } of events)
        await this.sender.deliver(target, envelopeOf(sent.session, event, payload));
    };
    void deliverAll();
  }

  private sessionRequest(call: Call): Answer {
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
    this.targets.set(session, {
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

  private serveFile(name: string): Answer {
    const file = this.files.get(name);
    if (!file) return { status: 404, body: { message: 'File not found', statusCode: 404 } };
    return { status: 200, body: file.bytes, headers: { 'content-type': file.mimetype } };
  }

  private async store(file: NonNullable<InboundMessage['file']>): Promise<NonNullable<WahaMessage['media']>> {
    const pathKey = file.path && `${file.path} ${file.mimetype}`;
    const known = pathKey ? this.filesByPath.get(pathKey) : undefined;
    const name = known ?? this.keep(file.bytes ?? (await readFile(file.path ?? '')), file.mimetype);
    if (pathKey) this.filesByPath.set(pathKey, name);
    return { url: `${this.baseUrl}/api/files/${name}`, mimetype: file.mimetype, filename: file.filename ?? null };
  }

  private keep(bytes: Buffer, mimetype: string): string {
    let hash = this.hashes.get(bytes);
    if (!hash) this.hashes.set(bytes, (hash = sha256(bytes)));
    const name = `${hash.slice(0, 32)}.${(mimetype.split('/')[1] ?? 'bin').replace(/[^\w].*$/, '')}`;
    if (this.files.has(name)) return name;
    this.files.set(name, { bytes, mimetype });
    this.fileBytes += bytes.length;
    for (const [oldest, { bytes: old }] of this.files) {
      if (this.fileBytes <= MAX_FILE_BYTES || oldest === name) break;
      this.files.delete(oldest);
      this.fileBytes -= old.length;
    }
    return name;
  }

  private targetOf(session: string): WebhookTarget {
    const target = this.targets.get(session);
    if (!target) throw new Error(`No webhook is configured for session ${session}`);
    return target;
  }
}

const SENDS: Record<string, SentMessage['type']> = {
  '/api/sendText': 'text',
  '/api/sendImage': 'image',
  '/api/sendFile': 'document',
  '/api/sendVoice': 'voice',
  '/api/sendVideo': 'video',
};

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

const notWorking = (session: string, status: SessionStatus) => ({
  error: 'Session status is not as expected. Try again later or restart the session',
  session,
  status,
  expected: ['WORKING'],
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

/** The file of a send: inlined, or fetched from its url as WAHA does when that is on this machine. */
async function sentFile(value: unknown): Promise<NonNullable<SentMessage['file']> | 'missing' | 'unreachable'> {
  if (!isRecord(value) || !textOf(value.mimetype)) return 'missing';
  const file = {
    mimetype: textOf(value.mimetype),
    filename: textOf(value.filename) || null,
    url: textOf(value.url) || null,
  };
  if (isRecord(value.data)) {
    return { ...file, sha256: textOf(value.data.sha256), sizeBytes: Number(value.data.sizeBytes) };
  }
  if (!file.url) return 'missing';
  // Outside addresses are not called: a simulated world has no outside.
  if (!/^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(file.url)) return file;
  const { statusCode, body } = await request(file.url, { headersTimeout: 5_000, bodyTimeout: 5_000 });
  const bytes = Buffer.from(await body.arrayBuffer());
  return statusCode === 200 ? { ...file, sha256: sha256(bytes), sizeBytes: bytes.length } : 'unreachable';
}

function messageOf(sent: SentMessage): WahaMessage {
  return {
    id: sent.messageId,
    chatId: sent.chatId,
    fromMe: true,
    source: 'api',
    type: sent.type,
    text: sent.text ?? sent.caption ?? '',
    pushName: ME.pushName,
    participant: null,
    media: sent.file ? { url: sent.file.url ?? '', mimetype: sent.file.mimetype, filename: sent.file.filename } : null,
    replyTo: sent.replyTo,
    timestampSeconds: Math.floor(Date.parse(sent.firstAt) / 1000),
    ack: 1,
  };
}
