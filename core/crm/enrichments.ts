import type { Prisma, Tx } from '../database';
import { AppError } from '../errors';
import { isMediaType, resolveMediaSettings } from '../enrichment/media-settings';
import { loadMediaLevels } from '../enrichment/media-settings-repository';
import { newId } from '../ids';
import { storeMediaFile } from '../media/media-files';
import type { IdentifiedMedia } from '../media/sniff';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import { toPage, type Page, type PageRequest } from './page';

export interface Enrichment {
  id: string;
  messageId: string | null;
  contactId: string | null;
  conversationId: string | null;
  mediaId: string | null;
  mediaUrl: string | null;
  fileName: string | null;
  contentType: string;
  context: string;
  status: string;
  provider: string | null;
  model: string | null;
  extractedText: string | null;
  metadata: Prisma.JsonValue;
  priority: number;
  costMicros: bigint;
  processingTimeMs: number | null;
  errorCode: string | null;
  errorMessage: string | null;
  deferredUntil: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
}

const SELECTED = {
  id: true,
  messageId: true,
  contactId: true,
  conversationId: true,
  mediaId: true,
  mediaUrl: true,
  fileName: true,
  contentType: true,
  context: true,
  status: true,
  provider: true,
  model: true,
  extractedText: true,
  metadata: true,
  priority: true,
  costMicros: true,
  processingTimeMs: true,
  errorCode: true,
  errorMessage: true,
  deferredUntil: true,
  createdAt: true,
  startedAt: true,
  completedAt: true,
} as const;

/** Of a file whose kind is seen only once it is here. */
const UNKNOWN_PRIORITY = 5;

/** A file that is in the media store already, or an address the workflow is to fetch. */
export type EnrichmentSource =
  | { kind: 'file'; sha256: string; sizeBytes: number; media: IdentifiedMedia; fileName: string | null }
  | { kind: 'url'; url: URL; declaredMimeType: string | null };

export interface NewEnrichment {
  source: EnrichmentSource;
  context: string;
  contactId: string | null;
}

/** Writes an enrichment to be done and the event that starts its workflow, in the caller's transaction. */
export async function requestEnrichment(tx: Tx, tenantId: string, wanted: NewEnrichment): Promise<Enrichment> {
  if (wanted.contactId) await requireContact(tx, tenantId, wanted.contactId);
  const enrichment = await createEnrichment(tx, tenantId, wanted);
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'enrichment',
      aggregateId: enrichment.id,
      eventType: WORKFLOW_EVENTS.enrichmentRequested,
      data: { enrichmentId: enrichment.id, subjectId: enrichment.id, mediaKind: enrichment.contentType },
    },
  ]);
  return enrichment;
}

/** Only its row: whoever wants it reads it, as a child workflow does. */
export async function createEnrichment(
  tx: Tx,
  tenantId: string,
  { source, context, contactId }: NewEnrichment,
): Promise<Enrichment> {
  const contentType = contentTypeOf(source);
  return tx.messageEnrichment.create({
    data: {
      id: newId(),
      tenantId,
      contactId,
      contentType,
      context,
      priority: isMediaType(contentType)
        ? resolveMediaSettings(contentType, await loadMediaLevels(tx, tenantId, null)).priority
        : UNKNOWN_PRIORITY,
      ...(source.kind === 'file'
        ? {
            mediaId: await storeMediaFile(tx, tenantId, { ...source, mimeType: source.media.mimeType }),
            fileName: source.fileName,
          }
        : { mediaUrl: source.url.href, metadata: { declaredMimeType: source.declaredMimeType } }),
    },
    select: SELECTED,
  });
}

/** @throws AppError NOT_FOUND */
export async function getEnrichment(tx: Tx, tenantId: string, enrichmentId: string): Promise<Enrichment> {
  const enrichment = await tx.messageEnrichment.findFirst({ where: { tenantId, id: enrichmentId }, select: SELECTED });
  if (!enrichment) throw new AppError('NOT_FOUND', 'There is no enrichment with this id');
  return enrichment;
}

export interface EnrichmentFilter {
  status?: string;
  contentType?: string;
  contactId?: string;
  messageId?: string;
  provider?: string;
  errorCode?: string;
  /** For a provider or a budget. */
  isWaiting?: boolean;
  /** When it arrived; ISO 8601. */
  from?: string;
  /** Not included. */
  to?: string;
}

/** Newest first. */
export async function listEnrichments(
  tx: Tx,
  tenantId: string,
  { limit, after, isWaiting, from, to, ...filter }: PageRequest & EnrichmentFilter,
): Promise<Page<Enrichment>> {
  const rows = await tx.messageEnrichment.findMany({
    where: {
      tenantId,
      ...filter,
      createdAt: { gte: from, lt: to },
      ...(isWaiting === undefined ? {} : { deferredUntil: isWaiting ? { not: null } : null }),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, (row) => [row.id]);
}

function contentTypeOf(source: EnrichmentSource): string {
  const kind = source.kind === 'file' ? source.media.kind : declaredKind(source.declaredMimeType);
  if (kind === 'text') return 'document';
  return kind === 'unsupported' ? 'unknown' : kind;
}

/** A first guess for the order of work; the workflow looks at the content. */
function declaredKind(mimeType: string | null): IdentifiedMedia['kind'] {
  const [type] = (mimeType ?? '').split('/');
  if (type === 'image' || type === 'audio' || type === 'video' || type === 'text') return type;
  return type === 'application' ? 'document' : 'unsupported';
}

async function requireContact(tx: Tx, tenantId: string, contactId: string): Promise<void> {
  const found = await tx.contact.findFirst({
    where: { tenantId, id: contactId, deletedAt: null },
    select: { id: true },
  });
  if (!found) throw new AppError('NOT_FOUND', 'There is no contact with this id');
}
