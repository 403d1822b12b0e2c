import { sqlFile, type Tx } from '../database';
import { AppError, ERROR_TABLE, isAppError, type ErrorCode } from '../errors';
import { decodeText } from '../media/sniff';
import type { MediaStore } from '../media/store';
import { modelOf } from '../memory/active-model';
import { contentHash, type TextToEmbed } from '../memory/embeddings';
import { embedTexts } from '../memory/embed-texts';
import { storeDocuments } from '../memory/own-documents';
import type { MemoryAttempt, MemoryPipelineDeps } from '../memory/pipeline-deps';
import { splitText, type PagedText, type TextPart } from '../memory/split-text';
import { appendEvents } from '../outbox/events';
import { cutText, storable } from '../text';
import { assertCharacters, assertPages, MAX_PASSAGES } from './limits';
import type { KnowledgeRef } from './types';

const PASSAGES_PER_BATCH = 64;

export interface KnowledgeDeps extends MemoryPipelineDeps {
  mediaStore: MediaStore;
}

interface Source {
  title: string;
  documentType: string | null;
  createdAt: Date;
  /** Of a document that is plain text itself. */
  sha256: string | null;
  reading: { text: string | null; status: string; errorCode: string | null; metadata: unknown } | null;
}

/**
 * Cuts a document into passages, stores them for words to find, and makes their vectors, batch after batch. What an earlier
 * attempt made is not made again. A passage that the embedder refuses keeps its words.
 *
 * @returns how many passages there are; null when the document was deleted meanwhile
 * @throws AppError DOCUMENT_TOO_LONG, MEDIA_EMPTY (no text in it), what its reading failed with, or that of the embedder
 */
export async function embedDocument(
  deps: KnowledgeDeps,
  ref: KnowledgeRef,
  attempt: MemoryAttempt & { onProgress: (detail?: unknown) => void },
): Promise<number | null> {
  try {
    return await embedPassages(deps, ref, attempt);
  } catch (error) {
    // Storing a passage of a document that is gone is refused by its foreign key.
    if (!(await deps.db.withTenant(ref.tenantId, (tx) => isThere(tx, ref)))) return null;
    throw error;
  }
}

async function isThere(tx: Tx, { tenantId, documentId }: KnowledgeRef): Promise<boolean> {
  return (await tx.knowledgeDocument.count({ where: { tenantId, id: documentId } })) > 0;
}

async function embedPassages(
  deps: KnowledgeDeps,
  ref: KnowledgeRef,
  attempt: MemoryAttempt & { onProgress: (detail?: unknown) => void },
): Promise<number | null> {
  const { tenantId, documentId } = ref;
  const source = await deps.db.withTenant(tenantId, (tx) => loadSource(tx, ref));
  if (!source) return null;
  const { text, pages } = await textOf(deps, tenantId, source);
  const passages = passagesOf(await splitText(text, MAX_PASSAGES + 1), { documentId, ...source });
  if (passages.length === 0) throw new AppError('MEDIA_EMPTY', 'There is no text in the document');
  if (passages.length > MAX_PASSAGES) {
    throw new AppError('DOCUMENT_TOO_LONG', `The document has more than ${MAX_PASSAGES} passages; send it in parts`);
  }
  const model = await storePassages(deps, tenantId, { passages, onProgress: attempt.onProgress });
  const left = await withoutVectors(deps, ref, { passages, model });
  let done = passages.length - left.length;
  await deps.db.withTenant(tenantId, (tx) =>
    tx.knowledgeDocument.updateMany({
      where: { tenantId, id: documentId },
      data: { status: 'embedding', pages, passagesTotal: passages.length, passagesDone: done },
    }),
  );
  for (let from = 0; from < left.length; from += PASSAGES_PER_BATCH) {
    const texts = left.slice(from, from + PASSAGES_PER_BATCH);
    const run = { ...attempt, activityKey: `${attempt.activityKey}/${from}` };
    done += await embedBatch(deps, ref, { texts, model, attempt: run });
    const { count } = await deps.db.withTenant(tenantId, (tx) =>
      tx.knowledgeDocument.updateMany({ where: { tenantId, id: documentId }, data: { passagesDone: done } }),
    );
    if (count === 0) return null;
    attempt.onProgress({ passagesDone: done });
    attempt.signal.throwIfAborted();
  }
  return passages.length;
}

async function embedBatch(
  deps: KnowledgeDeps,
  ref: KnowledgeRef,
  { texts, model, attempt }: { texts: TextToEmbed[]; model: string; attempt: MemoryAttempt },
): Promise<number> {
  try {
    return await embedTexts(deps, { tenantId: ref.tenantId, texts }, attempt);
  } catch (error) {
    if (!isAppError(error, 'PROVIDER_REJECTED')) throw error;
    return texts.length - (await withoutVectors(deps, ref, { passages: texts, model })).length;
  }
}

async function loadSource(tx: Tx, { tenantId, documentId }: KnowledgeRef): Promise<Source | null> {
  const document = await tx.knowledgeDocument.findFirst({ where: { tenantId, id: documentId } });
  if (!document) return null;
  const { title, documentType, createdAt, enrichmentId, mediaId } = document;
  if (!enrichmentId) {
    const { sha256 } = await tx.mediaFile.findFirstOrThrow({ where: { tenantId, id: mediaId } });
    return { title, documentType, createdAt, sha256, reading: null };
  }
  const { extractedText, status, errorCode, metadata } = await tx.messageEnrichment.findFirstOrThrow({
    where: { tenantId, id: enrichmentId },
  });
  return {
    title,
    documentType,
    createdAt,
    sha256: null,
    reading: { text: extractedText, status, errorCode, metadata },
  };
}

async function textOf(
  { mediaStore }: KnowledgeDeps,
  tenantId: string,
  { sha256, reading }: Source,
): Promise<{ text: PagedText; pages: number | null }> {
  if (sha256 !== null) {
    const text = decodeText(await mediaStore.read(tenantId, sha256));
    if (text === null) throw new AppError('MEDIA_CORRUPT', 'The file is not readable as text');
    assertCharacters(text);
    return { text: { text, pageStarts: null }, pages: null };
  }
  if (reading?.status !== 'completed') {
    throw new AppError(codeOf(reading?.errorCode), 'The document could not be read; its enrichment says why');
  }
  const { pages, pageStarts } = reading.metadata as { pages?: number; pageStarts?: PagedText['pageStarts'] };
  if (pages !== undefined) assertPages(pages);
  const text = reading.text ?? '';
  assertCharacters(text);
  return { text: { text, pageStarts: pageStarts ?? null }, pages: pages ?? null };
}

function codeOf(code: string | null | undefined): ErrorCode {
  return code && Object.hasOwn(ERROR_TABLE, code) ? (code as ErrorCode) : 'INTERNAL_ERROR';
}

/** What is said twice in a document, such as the foot of its pages, is one passage. */
function passagesOf(
  parts: readonly TextPart[],
  {
    documentId,
    title,
    documentType,
    createdAt,
  }: Pick<Source, 'title' | 'documentType' | 'createdAt'> & { documentId: string },
): TextToEmbed[] {
  const seen = new Set<string>();
  const different = parts.filter(({ text }) => !seen.has(text) && seen.add(text));
  return different.map(({ page, text }, index) => {
    const context = `${cutText(title, 100)}${page === null ? '' : `, página ${page}`}:`;
    return {
      contactId: null,
      conversationId: null,
      sessionId: null,
      messageId: null,
      factId: null,
      knowledgeDocumentId: documentId,
      origin: 'derived',
      contentType: 'knowledge',
      contentText: text,
      embedText: `${context}\n${text}`,
      metadata: {
        context,
        document_id: documentId,
        title,
        ...(documentType === null ? {} : { document_type: documentType }),
        ...(page === null ? {} : { page }),
        chunk_index: index,
        total_chunks: different.length,
      },
      occurredAt: createdAt,
    };
  });
}

/** @returns the model that their vectors will be of */
async function storePassages(
  deps: KnowledgeDeps,
  tenantId: string,
  { passages, onProgress }: { passages: readonly TextToEmbed[]; onProgress: () => void },
): Promise<string> {
  const configured = modelOf(deps.embeddings);
  let model = configured.model;
  for (let from = 0; from < passages.length; from += PASSAGES_PER_BATCH) {
    const texts = passages.slice(from, from + PASSAGES_PER_BATCH);
    model = await deps.db.withTenant(tenantId, (tx) => storeDocuments(tx, tenantId, { texts, configured }));
    onProgress();
  }
  return model;
}

async function withoutVectors(
  { db }: KnowledgeDeps,
  { tenantId, documentId }: KnowledgeRef,
  { passages, model }: { passages: TextToEmbed[]; model: string },
): Promise<TextToEmbed[]> {
  const rows = await db.withTenant(tenantId, (tx) =>
    tx.$queryRawUnsafe<{ hash: string }[]>(
      sqlFile('core/knowledge/sql/passages_with_vectors.sql'),
      tenantId,
      documentId,
      model,
    ),
  );
  const made = new Set(rows.map(({ hash }) => hash));
  return passages.filter(({ contentText }) => !made.has(contentHash(storable(contentText))));
}

/** Says how it ended, and tells. Nothing when the document was deleted meanwhile. */
export async function finishDocument(
  { db }: Pick<KnowledgeDeps, 'db'>,
  { tenantId, documentId, errorCode }: KnowledgeRef & { errorCode?: string },
): Promise<void> {
  await db.withTenant(tenantId, async (tx) => {
    const { count } = await tx.knowledgeDocument.updateMany({
      where: { tenantId, id: documentId, finishedAt: null },
      data: { status: errorCode ? 'failed' : 'completed', errorCode: errorCode ?? null, finishedAt: new Date() },
    });
    if (count === 0) return;
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'knowledge_document',
        aggregateId: documentId,
        eventType: errorCode ? 'knowledge_document.failed' : 'knowledge_document.completed',
        data: { documentId, ...(errorCode ? { code: errorCode } : {}) },
      },
    ]);
  });
}
