import { sqlFile, type Tx } from '../database';
import { cutText } from '../text';
import { dayInWords } from './day-in-words';
import type { EmbeddingContentType, TextToEmbed } from './embeddings';
import { splitText } from './split-text';

/** Shorter texts are whole in the vector of their message. */
const CHUNKED_FROM_CHARACTERS = 2_000;
/** About 250 pages; what is behind them is found by words only. */
const MAX_CHUNKS = 500;

/** A long text that was read from a medium. */
export interface LongText {
  messageId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
  messageType: string;
  fromMe: boolean;
  sentAt: Date;
  timezone: string;
  fileName: string | null;
  text: string;
  /** Where each page of a document begins in `text`, in UTF-16 units; null when the reader told no pages. */
  pageStarts: { page: number; start: number }[] | null;
}

/** The long texts that were read from the media of messages. */
export async function longTexts(tx: Tx, tenantId: string, messageIds: readonly string[]): Promise<LongText[]> {
  return tx.$queryRawUnsafe<LongText[]>(
    sqlFile('core/memory/sql/long_texts.sql'),
    tenantId,
    [...messageIds],
    CHUNKED_FROM_CHARACTERS,
  );
}

/**
 * The parts of long texts, each ready for the embedder and a document of its own in a search: sentences together up to 512
 * tokens, never over the end of a page. `metadata` says which part it is: page, chunk_index (from 0), total_chunks, title.
 */
export async function chunksOf(texts: readonly LongText[]): Promise<TextToEmbed[]> {
  const made: TextToEmbed[] = [];
  for (const source of texts) {
    const parts = await splitText(source, MAX_CHUNKS);
    parts.forEach(({ page, text }, index) => {
      const context = contextLine(source, page);
      made.push({
        contactId: source.contactId,
        conversationId: source.conversationId,
        sessionId: source.sessionId,
        messageId: source.messageId,
        factId: null,
        origin: 'derived' as const,
        contentType: contentTypeOf(source.messageType),
        contentText: text,
        embedText: `${context}\n${text}`,
        metadata: {
          context,
          messageType: source.messageType,
          role: source.fromMe ? 'company' : 'customer',
          ...(source.fileName === null ? {} : { title: source.fileName }),
          ...(page === null ? {} : { page }),
          chunk_index: index,
          total_chunks: parts.length,
        },
        occurredAt: source.sentAt,
      });
    });
  }
  return made;
}

type ReadContentType = Extract<EmbeddingContentType, 'document' | 'audio' | 'image' | 'video'>;

function contentTypeOf(messageType: string): ReadContentType {
  switch (messageType) {
    case 'audio':
    case 'voice':
      return 'audio';
    case 'image':
    case 'sticker':
      return 'image';
    case 'video':
      return 'video';
    default:
      return 'document';
  }
}

const MEDIUM_NAMES: Record<ReadContentType, string> = {
  document: 'Documento',
  audio: 'Áudio',
  image: 'Imagem',
  video: 'Vídeo',
};

function contextLine({ messageType, fileName, fromMe, sentAt, timezone }: LongText, page: number | null): string {
  const day = dayInWords(sentAt, timezone);
  const name = [MEDIUM_NAMES[contentTypeOf(messageType)], fileName && cutText(fileName, 100)].filter(Boolean).join(' ');
  const place = page === null ? '' : `, página ${page}`;
  return `${name}${place}, de ${fromMe ? 'a empresa' : 'o cliente'} em ${day}:`;
}
