import { randomBytes, randomUUID } from 'node:crypto';
import { sqlFile, type Prisma, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import type { SecretBox } from '../security/secret-box';
import { toPage, type Page, type PageRequest } from './page';

export interface ChannelSettings {
  name: string;
  pipelineId: string | null;
  sessionTimeoutMinutes: number | null;
  aiEnabled: boolean;
  aiAgentsEnabled: boolean;
  allowGroups: boolean;
  debounceTimeoutMs: number;
  /** What becomes of a medium whose acknowledgement was lost: left as `unknown`, or sent once more. */
  lostSendPolicy: 'leave' | 'resend';
}

/** How a WAHA server is reached. Its secrets are sealed before they are stored. */
export interface WahaConnection {
  /** Already through the URL guard. */
  baseUrl: string;
  apiKey: string;
  /** WAHA's name for the session. */
  sessionId: string;
  webhookSecret: string;
}

/** A channel without its secrets. */
export interface Channel extends Omit<ChannelSettings, 'lostSendPolicy'> {
  lostSendPolicy: string;
  id: string;
  type: string;
  status: string;
  /** Switched on by an operator, whatever state its session is in. */
  isEnabled: boolean;
  externalId: string;
  webhookId: string;
  baseUrl: string;
  messagesReceived: bigint;
  messagesSent: bigint;
  lastMessageAt: Date | null;
  lastError: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  name: true,
  type: true,
  status: true,
  isEnabled: true,
  externalId: true,
  webhookId: true,
  baseUrl: true,
  pipelineId: true,
  sessionTimeoutMinutes: true,
  aiEnabled: true,
  aiAgentsEnabled: true,
  allowGroups: true,
  debounceTimeoutMs: true,
  lostSendPolicy: true,
  messagesReceived: true,
  messagesSent: true,
  lastMessageAt: true,
  lastError: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

const NOT_FOUND = 'There is no channel with this id';
const WEBHOOK_SECRET_BYTES = 32;

/** A secret for the signature of a channel's webhooks, for who has none of their own. */
export function newWebhookSecret(): string {
  return randomBytes(WEBHOOK_SECRET_BYTES).toString('base64url');
}

/** A new channel is inactive until it is activated. @throws AppError VALIDATION_ERROR (pipeline) */
export async function createChannel(
  tx: Tx,
  tenantId: string,
  {
    secretBox,
    settings,
    waha,
  }: { secretBox: SecretBox; settings: Pick<ChannelSettings, 'name'> & Partial<ChannelSettings>; waha: WahaConnection },
): Promise<Channel> {
  await requirePipeline(tx, tenantId, settings.pipelineId);
  const channel = await tx.channel.create({
    data: {
      ...settings,
      id: newId(),
      tenantId,
      type: 'waha',
      isEnabled: false,
      externalId: waha.sessionId,
      // Random and not ordered by time: it is an address strangers may see.
      webhookId: randomUUID(),
      baseUrl: waha.baseUrl,
      apiKeyEncrypted: secretBox.seal(waha.apiKey),
      webhookSecretEncrypted: secretBox.seal(waha.webhookSecret),
    },
    select: SELECTED,
  });
  await channelEvent(tx, tenantId, channel.id, 'channel.created');
  return channel;
}

/** @throws AppError NOT_FOUND */
export async function getChannel(tx: Tx, tenantId: string, channelId: string): Promise<Channel> {
  const channel = await tx.channel.findFirst({ where: { tenantId, id: channelId, deletedAt: null }, select: SELECTED });
  if (!channel) throw new AppError('NOT_FOUND', NOT_FOUND);
  return channel;
}

/** Newest first. */
export async function listChannels(tx: Tx, tenantId: string, { limit, after }: PageRequest): Promise<Page<Channel>> {
  const rows = await tx.channel.findMany({
    where: { tenantId, deletedAt: null, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, (row) => [row.id]);
}

/**
 * Changes settings, connection or both. With `version`, only if nobody changed the channel since.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, VALIDATION_ERROR (pipeline, or another host without its key)
 */
export async function updateChannel(
  tx: Tx,
  tenantId: string,
  request: {
    secretBox: SecretBox;
    channelId: string;
    version?: number | undefined;
    settings: Partial<ChannelSettings>;
    waha: Partial<WahaConnection>;
  },
): Promise<Channel> {
  const { secretBox, channelId, version, settings, waha } = request;
  await requirePipeline(tx, tenantId, settings.pipelineId);
  await requireKeyOfHost(tx, tenantId, channelId, waha);
  const { count } = await tx.channel.updateMany({
    where: { tenantId, id: channelId, deletedAt: null, ...(version === undefined ? {} : { version }) },
    data: {
      ...settings,
      ...(waha.sessionId === undefined ? {} : { externalId: waha.sessionId }),
      ...(waha.baseUrl === undefined ? {} : { baseUrl: waha.baseUrl }),
      ...(waha.apiKey === undefined ? {} : { apiKeyEncrypted: secretBox.seal(waha.apiKey) }),
      ...(waha.webhookSecret === undefined ? {} : { webhookSecretEncrypted: secretBox.seal(waha.webhookSecret) }),
      version: { increment: 1 },
      updatedAt: new Date(),
    },
  });
  const channel = await getChannel(tx, tenantId, channelId);
  if (count === 0) {
    throw new AppError('OPTIMISTIC_LOCK_CONFLICT', `The channel is at version ${channel.version}; read it again`, {
      details: { currentVersion: channel.version },
    });
  }
  return channel;
}

/** Soft: its messages stay, its webhook answers 404. @throws AppError NOT_FOUND */
export async function deleteChannel(tx: Tx, tenantId: string, channelId: string): Promise<void> {
  const now = new Date();
  const { count } = await tx.channel.updateMany({
    where: { tenantId, id: channelId, deletedAt: null },
    data: { deletedAt: now, updatedAt: now, status: 'inactive', isEnabled: false, version: { increment: 1 } },
  });
  if (count === 0) throw new AppError('NOT_FOUND', NOT_FOUND);
  await channelEvent(tx, tenantId, channelId, 'channel.deleted');
}

/** On: only once its session was seen working. @throws AppError NOT_FOUND */
export async function switchChannel(
  tx: Tx,
  tenantId: string,
  { channelId, isEnabled }: { channelId: string; isEnabled: boolean },
): Promise<Channel> {
  await changeStatus(tx, tenantId, channelId, {
    data: { isEnabled, status: isEnabled ? 'active' : 'inactive', lastError: null },
    eventType: isEnabled ? 'channel.activated' : 'channel.deactivated',
  });
  return getChannel(tx, tenantId, channelId);
}

/**
 * Keeps why a channel could not be activated. One that was on stays switched on, so that it works again as soon as its
 * session does.
 *
 * @throws AppError NOT_FOUND
 */
export async function recordFailedActivation(
  tx: Tx,
  tenantId: string,
  { channelId, lastError }: { channelId: string; lastError: string },
): Promise<void> {
  const { isEnabled } = await getChannel(tx, tenantId, channelId);
  await changeStatus(tx, tenantId, channelId, {
    data: { lastError, status: isEnabled ? 'error' : 'inactive' },
    eventType: 'channel.activation.failed',
  });
}

async function changeStatus(
  tx: Tx,
  tenantId: string,
  channelId: string,
  { data, eventType }: { data: Prisma.ChannelUncheckedUpdateManyInput; eventType: string },
): Promise<void> {
  const { count } = await tx.channel.updateMany({
    where: { tenantId, id: channelId, deletedAt: null },
    data: { ...data, updatedAt: new Date(), version: { increment: 1 } },
  });
  if (count === 0) throw new AppError('NOT_FOUND', NOT_FOUND);
  await channelEvent(tx, tenantId, channelId, eventType);
}

/** The channel's connection with its key opened. Never leaves the process. @throws AppError NOT_FOUND */
export async function openWahaConnection(
  tx: Tx,
  tenantId: string,
  { secretBox, channelId }: { secretBox: SecretBox; channelId: string },
): Promise<{ baseUrl: string; apiKey: string; sessionId: string }> {
  const row = await tx.channel.findFirst({
    where: { tenantId, id: channelId, deletedAt: null },
    select: { baseUrl: true, apiKeyEncrypted: true, externalId: true },
  });
  if (!row) throw new AppError('NOT_FOUND', NOT_FOUND);
  return { baseUrl: row.baseUrl, apiKey: secretBox.open(row.apiKeyEncrypted), sessionId: row.externalId };
}

async function requirePipeline(tx: Tx, tenantId: string, pipelineId: string | null | undefined): Promise<void> {
  if (!pipelineId) return;
  const found = await tx.pipeline.findFirst({
    where: { tenantId, id: pipelineId, deletedAt: null },
    select: { id: true },
  });
  if (found) return;
  const message = 'is not a pipeline of this project';
  throw new AppError('VALIDATION_ERROR', `pipeline_id ${message}`, { fields: [{ field: 'pipeline_id', message }] });
}

/** The stored key was given for the stored host. Nobody who may change a channel may have it sent elsewhere. */
async function requireKeyOfHost(
  tx: Tx,
  tenantId: string,
  channelId: string,
  { baseUrl, apiKey }: Partial<WahaConnection>,
): Promise<void> {
  if (baseUrl === undefined || apiKey !== undefined) return;
  const [stored] = await tx.$queryRawUnsafe<{ baseUrl: string }[]>(
    sqlFile('core/crm/sql/lock_channel.sql'),
    tenantId,
    channelId,
  );
  if (!stored) throw new AppError('NOT_FOUND', NOT_FOUND);
  if (new URL(stored.baseUrl).origin === new URL(baseUrl).origin) return;
  const field = 'waha_config.api_key';
  const message = 'is required when base_url changes to another host';
  throw new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}

function channelEvent(tx: Tx, tenantId: string, channelId: string, eventType: string): Promise<void> {
  return appendEvents(tx, [
    { tenantId, aggregateType: 'channel', aggregateId: channelId, eventType, data: { channelId } },
  ]);
}
