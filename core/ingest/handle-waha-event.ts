import type { z } from 'zod';
import { applyAck } from './apply-ack';
import { applySessionStatus } from './apply-session-status';
import { storeDeadLetter } from './dead-letters';
import type { WebhookChannel } from './find-channel';
import { ingestMessage, type IngestDeps } from './ingest-message';
import type { IngestResult } from './types';
import { statusOfAck } from './waha/acks';
import { ackSchema, envelopeSchema, messageSchema, sessionStatusSchema, type WahaEnvelope } from './waha/envelope';
import { normaliseMessageId } from './waha/message-id';
import { readWahaMessage } from './waha/read-message';

interface Delivery {
  channel: Pick<WebhookChannel, 'tenantId' | 'channelId' | 'externalId'>;
  /** The parsed body. */
  json: unknown;
  /** The body as it came, for the dead letter. */
  body: Buffer;
  receivedAt: Date;
}

/**
 * Does what one WAHA event asks for. Everything is persisted when this returns. A payload that cannot be understood is
 * kept as a dead letter, and so is an event of another session than the channel's, which would otherwise put one
 * number's customers into another number's channel.
 */
export async function handleWahaEvent(deps: IngestDeps, delivery: Delivery): Promise<IngestResult> {
  const envelope = envelopeSchema.safeParse(delivery.json);
  if (!envelope.success) return deadLetter(deps, { ...delivery, reason: reasonOf('envelope', envelope.error) });
  const { event, session } = envelope.data;
  if (session !== delivery.channel.externalId) {
    return deadLetter(deps, { ...delivery, reason: `the event is of session "${session.slice(0, 100)}"` });
  }
  switch (event) {
    case 'message':
    case 'message.any':
      return onMessage(deps, { ...delivery, envelope: envelope.data });
    case 'message.ack':
    case 'message.ack.group':
      return onAck(deps, { ...delivery, envelope: envelope.data });
    case 'session.status':
      return onSessionStatus(deps, { ...delivery, envelope: envelope.data });
    default:
      return { status: 'ignored', reason: 'event_not_used' };
  }
}

type Received = Delivery & { envelope: WahaEnvelope };

async function onMessage(deps: IngestDeps, received: Received): Promise<IngestResult> {
  const payload = messageSchema.safeParse(received.envelope.payload);
  if (!payload.success) return deadLetter(deps, { ...received, reason: reasonOf('message', payload.error) });
  const read = readWahaMessage(payload.data, received.receivedAt);
  if (read.kind === 'ignored') return { status: 'ignored', reason: read.reason };
  return ingestMessage(deps, { channel: received.channel, message: read.message });
}

async function onAck(deps: IngestDeps, received: Received): Promise<IngestResult> {
  const payload = ackSchema.safeParse(received.envelope.payload);
  if (!payload.success) return deadLetter(deps, { ...received, reason: reasonOf('acknowledgement', payload.error) });
  const status = statusOfAck(payload.data.ack);
  if (status === null) return { status: 'ignored', reason: 'unknown_acknowledgement' };
  return applyAck(deps.db, {
    channel: received.channel,
    externalId: normaliseMessageId(payload.data.id),
    status,
    at: eventTime(received),
  });
}

async function onSessionStatus(deps: IngestDeps, received: Received): Promise<IngestResult> {
  const payload = sessionStatusSchema.safeParse(received.envelope.payload);
  if (!payload.success) return deadLetter(deps, { ...received, reason: reasonOf('session status', payload.error) });
  return applySessionStatus(deps.db, { channel: received.channel, wahaStatus: payload.data.status });
}

/** When the channel made the event, never later than now. */
function eventTime({ envelope, receivedAt }: Received): Date {
  const timestampMs = envelope.timestamp ?? 0;
  return timestampMs > 0 ? new Date(Math.min(timestampMs, receivedAt.getTime())) : receivedAt;
}

async function deadLetter(
  deps: IngestDeps,
  { channel, body, reason }: Delivery & { reason: string },
): Promise<IngestResult> {
  await storeDeadLetter(deps.db, { channel, code: 'VALIDATION_ERROR', reason, body });
  return { status: 'dead_lettered', reason };
}

/** Names the fields that were wrong and how, never their values. */
function reasonOf(what: string, error: z.ZodError): string {
  const faults = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || what}: ${issue.message}`);
  return `the ${what} cannot be understood (${faults.join('; ')})`;
}
