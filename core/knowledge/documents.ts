import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { createEnrichment } from '../crm/enrichments';
import { toPage, type Page, type PageRequest } from '../crm/page';
import { refuseDuplicates } from '../crm/unique';
import { DEFAULT_CONTEXT } from '../enrichment/contexts';
import { newId } from '../ids';
import { storeMediaFile } from '../media/media-files';
import type { IdentifiedMedia } from '../media/sniff';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import type { DocumentType, KnowledgeDocument, KnowledgeStatus } from './types';

const SELECTED = {
  id: true,
  title: true,
  documentType: true,
  fileName: true,
  mimeType: true,
  sizeBytes: true,
  enrichmentId: true,
  status: true,
  pages: true,
  passagesTotal: true,
  passagesDone: true,
  errorCode: true,
  createdAt: true,
  finishedAt: true,
} as const;

type Row = Omit<KnowledgeDocument, 'status' | 'documentType' | 'degraded'> & {
  status: string;
  documentType: string | null;
};

function asDocument(row: Row): KnowledgeDocument {
  return {
    ...row,
    status: row.status as KnowledgeStatus,
    documentType: row.documentType as DocumentType | null,
    degraded: row.passagesDone < row.passagesTotal ? ['vector'] : [],
  };
}

export interface NewKnowledgeDocument {
  sha256: string;
  sizeBytes: number;
  media: IdentifiedMedia;
  fileName: string | null;
  title: string;
  documentType?: DocumentType | undefined;
}

/**
 * Writes a document to be taken in, and the event that starts its workflow, in the caller's transaction. The same file again is
 * the document there is; one that failed is begun anew.
 *
 * @throws AppError ALREADY_EXISTS when the same file comes twice at the same moment
 */
export async function requestDocument(
  tx: Tx,
  tenantId: string,
  { sha256, sizeBytes, media, fileName, title, documentType }: NewKnowledgeDocument,
): Promise<KnowledgeDocument> {
  const mediaId = await storeMediaFile(tx, tenantId, { sha256, sizeBytes, mimeType: media.mimeType });
  const known = await tx.knowledgeDocument.findFirst({ where: { tenantId, mediaId }, select: SELECTED });
  if (known && known.status !== 'failed') return asDocument(known);
  if (known) await removeDocument(tx, tenantId, known);
  const source = { kind: 'file', sha256, sizeBytes, media, fileName } as const;
  const enrichment =
    media.kind === 'text'
      ? null
      : await createEnrichment(tx, tenantId, { source, context: DEFAULT_CONTEXT, contactId: null });
  const document = await refuseDuplicates('The same file is being taken in at this moment', () =>
    tx.knowledgeDocument.create({
      data: {
        id: newId(),
        tenantId,
        title,
        documentType: documentType ?? null,
        fileName,
        mimeType: media.mimeType,
        sizeBytes,
        mediaId,
        enrichmentId: enrichment?.id ?? null,
        status: enrichment ? 'reading' : 'queued',
      },
      select: SELECTED,
    }),
  );
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'knowledge_document',
      aggregateId: document.id,
      eventType: WORKFLOW_EVENTS.knowledgeDocumentCreated,
      data: { documentId: document.id, enrichmentId: document.enrichmentId },
    },
  ]);
  return asDocument(document);
}

/** @throws AppError NOT_FOUND */
export async function getDocument(tx: Tx, tenantId: string, documentId: string): Promise<KnowledgeDocument> {
  const document = await tx.knowledgeDocument.findFirst({ where: { tenantId, id: documentId }, select: SELECTED });
  if (!document) throw new AppError('NOT_FOUND', 'There is no document with this id');
  return asDocument(document);
}

/** Newest first. */
export async function listDocuments(
  tx: Tx,
  tenantId: string,
  { limit, after, status }: PageRequest & { status?: string | undefined },
): Promise<Page<KnowledgeDocument>> {
  const rows = await tx.knowledgeDocument.findMany({
    where: { tenantId, ...(status ? { status } : {}), ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows.map(asDocument), limit, ({ id }) => [id]);
}

/**
 * Removes a document with its passages, what was read from it, and its file unless something else uses that. The file is
 * queued: deleteQueuedMedia (core/memory/forgetting) deletes it after the commit. A workflow that still works on it ends by
 * itself.
 *
 * @throws AppError NOT_FOUND
 */
export async function deleteDocument(tx: Tx, tenantId: string, documentId: string): Promise<void> {
  const document = await getDocument(tx, tenantId, documentId);
  await removeDocument(tx, tenantId, document);
  await tx.$executeRawUnsafe(sqlFile('core/memory/forgetting/sql/delete_media_files.sql'), tenantId);
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'knowledge_document',
      aggregateId: documentId,
      eventType: 'knowledge_document.deleted',
      data: { documentId },
    },
  ]);
}

/** Its passages go with its row (`on delete cascade`). */
async function removeDocument(
  tx: Tx,
  tenantId: string,
  { id, enrichmentId }: Pick<KnowledgeDocument, 'id' | 'enrichmentId'>,
): Promise<void> {
  await tx.$executeRawUnsafe(sqlFile('core/knowledge/sql/queue_file.sql'), tenantId, id);
  await tx.knowledgeDocument.deleteMany({ where: { tenantId, id } });
  if (!enrichmentId) return;
  await tx.messageEnrichment.deleteMany({ where: { tenantId, id: enrichmentId } });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'enrichment',
      aggregateId: enrichmentId,
      eventType: WORKFLOW_EVENTS.enrichmentGivenUp,
      data: { subjectId: enrichmentId },
    },
  ]);
}
