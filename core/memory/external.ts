import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import type { EmbeddingModel } from '../providers/ports';
import { readStoredModel, storedModel } from '../providers/stored-model';
import { storable } from '../text';
import { activeModel } from './active-model';
import { contentHash, storeEmbeddings, type EmbeddingContentType } from './embeddings';

export interface ExternalEmbedding {
  contactId: string | null;
  sessionId: string | null;
  messageId: string | null;
  contentType: EmbeddingContentType;
  contentText: string;
  embedding: number[];
  /** The provider's own name of the model that made it; null for the configured one. */
  model: string | null;
  /** The model that the configuration names. */
  configured: EmbeddingModel;
  metadata: Record<string, unknown>;
}

/** Longer texts are documents that want to be cut into chunks first; a tsvector also ends at 1 MB. */
const MAX_CONTENT_CHARACTERS = 100_000;

/**
 * Stores a text with a vector that was made elsewhere, as a document of its own, in the caller's transaction. The same
 * content for the same owner and model is stored once. Its width is that of its model where we know it, else of the model that the
 * tenant's searches compare.
 *
 * @returns the id of the new or the existing row.
 * @throws AppError NOT_FOUND (contact, session or message is not the tenant's, or they do not belong together),
 * EMBEDDING_DIMENSION_MISMATCH, VALIDATION_ERROR
 */
export async function storeExternalEmbedding(tx: Tx, tenantId: string, input: ExternalEmbedding): Promise<string> {
  if (input.contentText.trim() === '' || input.contentText.length > MAX_CONTENT_CHARACTERS) {
    const message = `must have 1 to ${MAX_CONTENT_CHARACTERS} characters`;
    throw new AppError('VALIDATION_ERROR', `content_text ${message}`, { fields: [{ field: 'content_text', message }] });
  }
  const owner = await findOwner(tx, tenantId, input);
  const contentText = storable(input.contentText);
  const model = await storedName(tx, tenantId, input);
  const row = { ...input, model, contentText, contactId: owner.contactId, sessionId: owner.sessionId };
  const [stored] = await storeEmbeddings(tx, tenantId, [
    { ...row, factId: null, origin: 'external', occurredAt: owner.sentAt ?? new Date() },
  ]);
  return stored ?? existingId(tx, tenantId, row);
}

/** The stored name of a model that somebody else names. */
async function storedName(
  tx: Tx,
  tenantId: string,
  { model: name, configured: { model: configured } }: ExternalEmbedding,
): Promise<string> {
  const isNamed = (stored: string) => stored === name || readStoredModel(stored).model === name;
  if (name === null || isNamed(configured)) return configured;
  const inUse = (await activeModel(tx, tenantId))?.model ?? configured;
  if (isNamed(inUse)) return inUse;
  return storedModel({ ...readStoredModel(inUse), model: name });
}

interface Owner {
  contactId: string | null;
  sessionId: string | null;
  sentAt: Date | null;
}

async function findOwner(tx: Tx, tenantId: string, input: ExternalEmbedding): Promise<Owner> {
  const [owner] = await tx.$queryRawUnsafe<Owner[]>(
    sqlFile('core/memory/sql/embedding_owner.sql'),
    tenantId,
    input.contactId,
    input.sessionId,
    input.messageId,
  );
  if (!owner)
    throw new AppError('NOT_FOUND', 'There is no such contact, session or message, or they do not belong together');
  return owner;
}

async function existingId(tx: Tx, tenantId: string, row: ExternalEmbedding & { model: string }): Promise<string> {
  const [existing] = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/sql/external_embedding.sql'),
    tenantId,
    row.contactId,
    row.sessionId,
    row.messageId,
    row.contentType,
    row.model,
    contentHash(row.contentText),
  );
  if (!existing)
    throw new AppError('CONFLICT', 'The same content was stored and removed at the same moment; try again');
  return existing.id;
}
