import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import type { MediaOverrides } from './media-settings';
import { storeMediaFile } from '../media/media-files';
import { metrics } from '../observability/metrics';
import { newId } from '../ids';
import { appendEvents, metadataOf } from '../outbox/events';
import type { SpeechSegment } from '../providers/ports';
import { cutText, storable, storableJson } from '../text';

export interface EnrichmentRow {
  tenantId: string;
  id: string;
  messageId: string | null;
  contactId: string | null;
  conversationId: string | null;
  mediaId: string | null;
  mediaUrl: string | null;
  fileName: string | null;
  contentType: string;
  context: string;
  status: 'pending' | 'processing' | 'completed' | 'failed';
  deferredUntil: Date | null;
  metadata: Record<string, unknown>;
  priority: number;
  sha256: string | null;
  sizeBytes: number | null;
  mimeType: string | null;
  declaredMimeType: string | null;
  channelId: string | null;
  /** What the sender wrote with it. */
  caption: string | null;
  messageContactId: string | null;
  messageConversationId: string | null;
  /** What was set for the project and for the channel, in this order. */
  mediaLevels: MediaOverrides[];
}

/** Enough to say why; longer reasons are dumps. */
const MAX_REASON_CHARACTERS = 1_000;

/** @throws AppError NOT_FOUND */
export async function loadEnrichment(tx: Tx, tenantId: string, enrichmentId: string): Promise<EnrichmentRow> {
  const rows = await tx.$queryRawUnsafe<EnrichmentRow[]>(
    sqlFile('core/enrichment/sql/load.sql'),
    tenantId,
    enrichmentId,
  );
  const row = rows[0];
  if (!row) throw new AppError('NOT_FOUND', 'The enrichment does not exist');
  return row;
}

/**
 * Takes the text of an earlier reading of the same medium.
 *
 * @param startsElse marks the enrichment as being read when there is none, in the same statement
 */
export async function reuseEarlierText(
  tx: Tx,
  row: EnrichmentRow,
  { startsElse }: { startsElse: boolean },
): Promise<boolean> {
  const { tenantId } = row;
  const reused = await tx.$queryRawUnsafe<Ended[]>(
    sqlFile('core/enrichment/sql/reuse.sql'),
    tenantId,
    row.id,
    row.mediaId,
    row.context,
    startsElse,
  );
  countEnded(reused, { provider: 'none', outcome: 'reused' });
  if (reused.length > 0) await announce(tx, tenantId, row.id, 'message.enrichment.completed', { reused: true });
  return reused.length > 0;
}

export interface Reading {
  text: string;
  provider: string;
  model: string;
  costMicros: number;
  metadata: Record<string, unknown>;
}

/**
 * Whether an earlier attempt read the medium, or this part of it, and lost only its own answer: between its commit and the
 * moment Temporal hears of it, a worker may die. Asking the provider again would be paid again.
 *
 * @throws AppError ENRICHMENT_GIVEN_UP for one that was given up, or failed without its workflow, before this attempt began:
 * nobody waits for what it would pay
 */
export function isAlreadyRead({ status, metadata }: EnrichmentRow, partKey?: string): boolean {
  if (status === 'failed') {
    throw new AppError('ENRICHMENT_GIVEN_UP', 'It has failed or was given up, so no provider is asked any more');
  }
  if (status === 'completed') return true;
  const parts = metadata['parts'];
  return partKey !== undefined && typeof parts === 'object' && parts !== null && partKey in parts;
}

/** Stores the text and announces it. A second completion, by a retry, changes nothing. */
export async function completeEnrichment(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  reading: Reading,
): Promise<void> {
  const completed = await tx.$queryRawUnsafe<Ended[]>(
    sqlFile('core/enrichment/sql/complete.sql'),
    tenantId,
    enrichmentId,
    storable(reading.text),
    reading.provider,
    reading.model,
    reading.costMicros,
    JSON.stringify(storableJson(reading.metadata)),
    newId(),
    JSON.stringify(metadataOf()),
  );
  countEnded(completed, { provider: reading.provider, outcome: 'completed' });
}

/** What was read of one part, under its key in `metadata.parts`. */
export interface StoredPart {
  text: string;
  atSeconds: number;
  provider: string;
  model: string;
  /** Of sound; absent in parts of older versions. Times are from the start of the part. */
  heard?: { language: string | null; durationSeconds: number | null; segments: SpeechSegment[] };
}

/** The parts that have been read, by key. */
export function storedParts({ metadata }: EnrichmentRow): Record<string, StoredPart> {
  return (metadata['parts'] ?? {}) as Record<string, StoredPart>;
}

export async function storePart(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  part: { key: string; costMicros: number } & StoredPart,
): Promise<void> {
  const { key, costMicros, ...value } = part;
  await tx.$executeRawUnsafe(
    sqlFile('core/enrichment/sql/store-part.sql'),
    tenantId,
    enrichmentId,
    key,
    JSON.stringify(storableJson(value)),
    costMicros,
  );
}

/** @returns false when it is settled already, and stays as it is */
export async function failEnrichment(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  failure: { code: string; message: string },
): Promise<boolean> {
  const failed = await tx.messageEnrichment.updateManyAndReturn({
    where: { tenantId, id: enrichmentId, status: { in: ['pending', 'processing'] } },
    select: { contentType: true, createdAt: true },
    data: {
      status: 'failed',
      errorCode: failure.code,
      errorMessage: cutText(storable(failure.message), MAX_REASON_CHARACTERS),
      completedAt: new Date(),
      deferredUntil: null,
    },
  });
  const ended = failed.map(({ contentType, createdAt }) => ({
    contentType,
    ageSeconds: (Date.now() - createdAt.getTime()) / 1000,
  }));
  countEnded(ended, { provider: 'none', outcome: 'failed' });
  if (ended.length > 0) await announce(tx, tenantId, enrichmentId, 'message.enrichment.failed', { code: failure.code });
  return ended.length > 0;
}

/** Notes until when the enrichment waits, and for what. */
export async function deferEnrichment(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  { code, message, waitMs }: { code: string; message: string; waitMs: number },
): Promise<void> {
  const deferred = await tx.messageEnrichment.updateManyAndReturn({
    where: { tenantId, id: enrichmentId, status: { in: ['pending', 'processing'] } },
    select: { contentType: true },
    data: {
      deferredUntil: new Date(Date.now() + waitMs),
      errorCode: code,
      errorMessage: cutText(storable(message), MAX_REASON_CHARACTERS),
    },
  });
  for (const { contentType: kind } of deferred) {
    metrics.enrichments.inc({ kind, provider: 'none', outcome: 'deferred' });
  }
}

/** The wait is over: until the chain has failed again it waits for nothing. */
export async function endDeferral(tx: Tx, { tenantId, id, deferredUntil }: EnrichmentRow): Promise<void> {
  if (deferredUntil === null) return;
  await tx.messageEnrichment.updateMany({
    where: { tenantId, id, status: { in: ['pending', 'processing'] } },
    data: { deferredUntil: null, errorCode: null, errorMessage: null },
  });
}

export async function attachMedia(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  media: { sha256: string; sizeBytes: number; mimeType: string },
): Promise<string> {
  const mediaId = await storeMediaFile(tx, tenantId, media);
  const enrichment = await tx.messageEnrichment.update({
    where: { tenantId_id: { tenantId, id: enrichmentId } },
    data: { mediaId },
  });
  if (enrichment.messageId) {
    await tx.message.update({
      where: { tenantId_id: { tenantId, id: enrichment.messageId } },
      data: { mediaId },
    });
  }
  return mediaId;
}

interface Ended {
  contentType: string;
  /** Since it arrived. */
  ageSeconds: number;
}

/** Counted within the transaction: one that is rolled back, which is rare, counts twice. */
function countEnded(
  ended: readonly Ended[],
  { provider, outcome }: { provider: string; outcome: 'completed' | 'reused' | 'failed' },
): void {
  for (const { contentType: kind, ageSeconds } of ended) {
    metrics.enrichments.inc({ kind, provider, outcome });
    metrics.enrichmentSeconds.observe({ kind, outcome }, Math.max(0, ageSeconds));
  }
}

function announce(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  eventType: string,
  data: Record<string, string | boolean>,
) {
  return appendEvents(tx, [{ tenantId, aggregateType: 'enrichment', aggregateId: enrichmentId, eventType, data }]);
}
