import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import express from 'express';
import { problemHandler } from '../../api/http/problem';
import { createWebhookRouter } from '../../api/http/webhooks/router';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { projectRoot } from '../../core/project-root';
import { testSecretBox, type TestChannel } from './channel';

export interface WebhookServer {
  url: string;
  close(): Promise<void>;
}

export const TEST_WEBHOOK_MAX_BYTES = 256 * 1024;

/** A real HTTP server with the webhook router and the error handler of the API. */
export async function startWebhookServer(db: Database): Promise<WebhookServer> {
  const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const app = express();
  app.use((_request, response, next) => {
    response.locals['requestId'] = newId();
    next();
  });
  const config = { WEBHOOK_MAX_BYTES: TEST_WEBHOOK_MAX_BYTES, MEDIA_WAIT_MS: 30_000 };
  app.use(createWebhookRouter({ db, config, secretBox: testSecretBox, logger }));
  app.use(problemHandler(logger));
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}

export function sign(secret: string, body: string): string {
  return createHmac('sha512', secret).update(body).digest('hex');
}

export interface WebhookAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** Posts a body to a channel's webhook, signed with its secret unless `headers` says otherwise. */
export async function postWebhook(
  server: WebhookServer,
  { channel, body, headers }: { channel: TestChannel; body: unknown; headers?: Record<string, string> },
): Promise<WebhookAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/api/v1/webhooks/${channel.webhookId}`, {
    method: 'POST',
    headers: headers ?? { 'content-type': 'application/json', 'x-webhook-hmac': sign(channel.webhookSecret, text) },
    body: text,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export interface WahaFixture {
  event: string;
  payload: Record<string, unknown>;
}

/** The contact, its hidden id and the message id that the fixtures are written with. */
const FIXTURE = { phone: '5511987654321', lid: '12345678901234', messageId: '3EB0AA01' };

export interface WahaEventOptions {
  fixture: string;
  /** Defaults to numbers and ids nobody has used. */
  phone?: string;
  lid?: string;
  messageId?: string;
  event?: string;
  /** Fields of the payload to replace. */
  payload?: Record<string, unknown>;
}

/** A payload of test/fixtures/waha as its event. */
export function wahaEvent(
  channel: TestChannel,
  { fixture, event, payload = {}, ...ids }: WahaEventOptions,
): Record<string, unknown> {
  const phone = ids.phone ?? newPhone();
  const text = readFileSync(path.join(projectRoot(), 'test/fixtures/waha', `${fixture}.json`), 'utf8')
    .replaceAll(FIXTURE.phone, phone)
    .replaceAll(FIXTURE.lid, ids.lid ?? `77${phone}`)
    .replaceAll(FIXTURE.messageId, ids.messageId ?? newWhatsAppId());
  const stored = JSON.parse(text) as WahaFixture;
  return {
    id: `evt_${newId()}`,
    timestamp: Date.now(),
    event: event ?? stored.event,
    session: channel.externalId,
    metadata: {},
    // The company's own number and hidden id: they must never reach a contact.
    me: { id: '5511900000000@c.us', lid: '99999999999999@lid', pushName: 'Loja' },
    payload: { ...stored.payload, ...payload },
    engine: 'GOWS',
    environment: { version: '2026.7.1', engine: 'GOWS', tier: 'PLUS' },
  };
}

let counter = 0;
/** A message id nobody has used, in WhatsApp's form. */
export function newWhatsAppId(): string {
  counter += 1;
  return `3EB0${newId().replaceAll('-', '').toUpperCase().slice(-16)}${counter}`;
}

/** A phone number nobody else in this run has: Brazilian mobile digits with the ninth digit. */
export function newPhone(): string {
  counter += 1;
  return `55119${6 + (counter % 4)}${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
}
