import { createHash } from 'node:crypto';
import { sqlFile, type Tx } from '../database';
import { newId } from '../ids';
import { cutText, storable, storableJson } from '../text';
import { dayInWords } from './day-in-words';
import { readStoredModel } from '../providers/stored-model';
import { assertVector, vectorLiteral } from './vector';

export const EMBEDDING_CONTENT_TYPES = [
  'message',
  'turn',
  'session_summary',
  'fact',
  'note',
  'document',
  'audio',
  'image',
  'video',
  'knowledge',
] as const;
export type EmbeddingContentType = (typeof EMBEDDING_CONTENT_TYPES)[number];

/** A text that waits for its vector. `embedText` goes to the embedder, `contentText` is what a search shows. */
export interface TextToEmbed {
  contactId: string | null;
  /** Pays for the vector. */
  conversationId: string | null;
  sessionId: string | null;
  messageId: string | null;
  factId: string | null;
  noteId?: string | null;
  /** The document of the company's knowledge base that it is a passage of. */
  knowledgeDocumentId?: string | null;
  /** The document, when this is another vector of one that is a row of its own. */
  copyOf?: string | null;
  /**
   * `external`: a document given to us with its vector. `derived`: one that we made, such as a part of a long text.
   * `pipeline` (default): our own messages and facts.
   */
  origin?: 'pipeline' | 'external' | 'derived';
  contentType: EmbeddingContentType;
  contentText: string;
  embedText: string;
  metadata: Record<string, unknown>;
  occurredAt: Date;
}

export interface EmbeddingRow extends Omit<TextToEmbed, 'embedText' | 'conversationId'> {
  embedding: number[];
  /** The stored name of the model that made the vector (providers/stored-model.ts); only vectors of one are ever compared. */
  model: string;
}

/** What a search shows, and the words it can be found by. */
export const MAX_CONTENT_CHARACTERS = 8_000;
/**
 * What goes into a vector. The narrowest embedder reads 2,048 tokens, and Portuguese in letters, digits and accents has two
 * characters a token at worst; what is denser still is cut by the provider.
 */
export const MAX_EMBED_CHARACTERS = 4_000;

/**
 * Stores vectors in the caller's transaction. A row that is stored already (same message, type and model; same fact and
 * model; or same content without either) is left as it is, unless its message says more now: a caption is embedded at once,
 * and what was read from its picture may come later.
 *
 * @returns ids of the rows that are new.
 * @throws AppError EMBEDDING_DIMENSION_MISMATCH, VALIDATION_ERROR
 */
export async function storeEmbeddings(tx: Tx, tenantId: string, given: readonly EmbeddingRow[]): Promise<string[]> {
  if (given.length === 0) return [];
  given.forEach(({ embedding, model }) => assertVector(embedding, model));
  const records = given.map((row) => ({ ...documentRecord(row), ...vectorRecord(row) }));
  await dropOutdated(tx, tenantId, records);
  const stored = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/sql/store_embeddings.sql'),
    tenantId,
    JSON.stringify(records),
  );
  return stored.map((row) => row.id);
}

/** The columns of a text. */
export function documentRecord(row: Omit<TextToEmbed, 'embedText' | 'conversationId'>) {
  const contentText = storable(row.contentText);
  return {
    id: newId(),
    contact_id: row.contactId,
    session_id: row.sessionId,
    message_id: row.messageId,
    fact_id: row.factId,
    note_id: row.noteId ?? null,
    knowledge_document_id: row.knowledgeDocumentId ?? null,
    copy_of: row.copyOf ?? null,
    content_type: row.contentType,
    content_text: contentText,
    content_hash: contentHash(contentText),
    metadata: storableJson(row.metadata),
    origin: row.origin ?? 'pipeline',
    occurred_at: row.occurredAt.toISOString(),
  };
}

/** The columns of its vector. */
export function vectorRecord({ embedding, model }: Pick<EmbeddingRow, 'embedding' | 'model'>) {
  return {
    embedding: vectorLiteral(embedding),
    is_half: readStoredModel(model).precision === 'half',
    model,
    dimensions: embedding.length,
  };
}

interface OfMessage {
  message_id: string | null;
  copy_of: string | null;
  content_type: string;
  content_hash: string;
  origin: string;
}

/** What messages said before. A copy for another model says the same as its document, and may come without the other parts. */
export async function dropOutdated(tx: Tx, tenantId: string, records: readonly OfMessage[]): Promise<void> {
  // Without the vectors: they are most of a row, and sent once is enough.
  const said = records
    .filter(({ message_id: id, copy_of: original }) => id !== null && original === null)
    .map(({ message_id, content_type, content_hash, origin }) => ({ message_id, content_type, content_hash, origin }));
  if (said.length === 0) return;
  await tx.$executeRawUnsafe(sqlFile('core/memory/sql/drop_outdated_embeddings.sql'), tenantId, JSON.stringify(said));
}

export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface MessageRow {
  messageId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
  contentType: string;
  fromMe: boolean;
  sentAt: Date;
  text: string;
  timezone: string;
}

/** The messages of a turn (`groupId`) or the named ones. */
export type MessageSelection = { groupId: string } | { messageIds: string[] };

/**
 * The texts of messages, each with what was read from its medium, ready for the embedder. Messages without any text are
 * left out. The embedded text opens with a generated line saying who spoke and when (kept as `metadata.context`).
 */
export async function messagesToEmbed(tx: Tx, tenantId: string, selection: MessageSelection): Promise<TextToEmbed[]> {
  const rows = await tx.$queryRawUnsafe<MessageRow[]>(
    sqlFile('core/memory/sql/messages_to_embed.sql'),
    tenantId,
    'groupId' in selection ? selection.groupId : null,
    'messageIds' in selection ? selection.messageIds : [],
  );
  return rows.flatMap((row) => {
    const text = cutText(row.text.trim(), MAX_CONTENT_CHARACTERS);
    if (text === '') return [];
    const context = contextLine(row);
    return [
      {
        contactId: row.contactId,
        conversationId: row.conversationId,
        sessionId: row.sessionId,
        messageId: row.messageId,
        factId: null,
        contentType: 'message' as const,
        contentText: text,
        embedText: cutText(`${context}\n${text}`, MAX_EMBED_CHARACTERS),
        metadata: { context, messageType: row.contentType, role: row.fromMe ? 'company' : 'customer' },
        occurredAt: row.sentAt,
      },
    ];
  });
}

const TURN_SIDE_CHARACTERS = 2_000;

/**
 * A question and its answer as one text, the second vector of the answer's message: whoever asks the same finds the answer,
 * whichever words it has. Null unless both sides said something.
 */
export function turnToEmbed(messages: readonly TextToEmbed[], replyIds: ReadonlySet<string>): TextToEmbed | null {
  const isReply = ({ messageId }: TextToEmbed) => messageId !== null && replyIds.has(messageId);
  const asked = messages.filter((text) => !isReply(text) && text.metadata['role'] === 'customer');
  const answer = messages.findLast(isReply);
  const [question] = asked;
  if (!answer || !question) return null;
  const said = asked.map(({ contentText }) => contentText).join('\n');
  const context = 'Pergunta do cliente e resposta da empresa:';
  const contentText = `${cutText(said, TURN_SIDE_CHARACTERS)}\n${cutText(answer.contentText, TURN_SIDE_CHARACTERS)}`;
  return {
    ...answer,
    contentType: 'turn',
    contentText,
    embedText: cutText(`${context}\n${contentText}`, MAX_EMBED_CHARACTERS),
    metadata: { context, questionId: question.messageId },
  };
}

const MEDIUM_WORDS: Record<string, string> = {
  image: 'enviou uma imagem',
  sticker: 'enviou uma figurinha',
  video: 'enviou um vídeo',
  audio: 'enviou um áudio',
  voice: 'enviou um áudio',
  document: 'enviou um documento',
  location: 'enviou uma localização',
  contact: 'enviou um contato',
};

/** Names no channel: the same sentence means the same wherever it was written. */
function contextLine(row: MessageRow): string {
  const date = dayInWords(row.sentAt, row.timezone);
  return `${row.fromMe ? 'A empresa' : 'O cliente'} ${MEDIUM_WORDS[row.contentType] ?? 'escreveu'} em ${date}:`;
}

interface FactRow {
  factId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
  factType: string;
  text: string;
  validFrom: Date;
}

/** The texts of stored facts, ready for the embedder. Invalidated facts are left out. */
export async function factsToEmbed(tx: Tx, tenantId: string, factIds: string[]): Promise<TextToEmbed[]> {
  const rows = await tx.$queryRawUnsafe<FactRow[]>(sqlFile('core/memory/sql/facts_to_embed.sql'), tenantId, factIds);
  return rows.map((row) => ({
    contactId: row.contactId,
    conversationId: row.conversationId,
    sessionId: row.sessionId,
    messageId: null,
    factId: row.factId,
    contentType: 'fact',
    contentText: row.text,
    embedText: row.text,
    metadata: { factType: row.factType },
    occurredAt: row.validFrom,
  }));
}
