import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';

/** A document that was read: of the company, of a contact, or of a message. */
export interface ReadableDocument {
  title: string | null;
  status: string;
  text: string;
}

/** One of both ids. */
export interface DocumentName {
  documentId: string | undefined;
  messageId: string | undefined;
  contactId: string | null;
}

/**
 * The text of a document: of the company's own by its id, of a contact's by that of its enrichment, of a message's by that
 * of the message. What belongs to another contact than `contactId` is not found.
 *
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (both ids or none)
 */
export async function readableDocument(
  tx: Tx,
  tenantId: string,
  { documentId, messageId, contactId }: DocumentName,
): Promise<ReadableDocument> {
  const found: ReadableDocument[] = [];
  for (const [document, message] of [[documentId], [undefined, messageId]]) {
    if (document === undefined && message === undefined) continue;
    const [row] = await tx.$queryRawUnsafe<ReadableDocument[]>(
      sqlFile('core/knowledge/sql/readable_document.sql'),
      tenantId,
      document ?? null,
      message ?? null,
      contactId,
    );
    if (!row) throw new AppError('NOT_FOUND', 'There is no document with this id');
    found.push(row);
  }
  const [only, another] = found;
  if (!only || another) {
    const message = 'give either it or message_id';
    throw new AppError('VALIDATION_ERROR', `document_id: ${message}`, { fields: [{ field: 'document_id', message }] });
  }
  return only;
}
