import { setImmediate as nextTurn } from 'node:timers/promises';
import { sqlFile, type Tx } from '../database';
import { cutText } from '../text';
import { dayInWords } from './day-in-words';
import type { EmbeddingContentType, TextToEmbed } from './embeddings';

/** Shorter texts are whole in the vector of their message. */
const CHUNKED_FROM_CHARACTERS = 2_000;
/** Domain reference, section 4. The overlap keeps a sentence at the cut whole in one of both. */
const CHUNK_TOKENS = 512;
const CHUNK_OVERLAP_TOKENS = 40;
/** About 250 pages; what is behind them is found by words only. */
const MAX_CHUNKS = 500;

const PIECE_CHARACTERS = 6_000;
const LONG_RUN = /\S{200}/gu;

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
  if (texts.length === 0) return [];
  // Loaded when the first long text comes: it takes a second and a hundred megabytes.
  const { SentenceSplitter } = await import('llamaindex');
  const splitter = new SentenceSplitter({ chunkSize: CHUNK_TOKENS, chunkOverlap: CHUNK_OVERLAP_TOKENS });
  const made: TextToEmbed[] = [];
  for (const source of texts) {
    const parts = await partsOf(source, (text) => splitter.splitText(text));
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

/** At most `MAX_CHUNKS` parts. Others get their turn between two pieces: splitting computes for 5 ms a thousand characters. */
async function partsOf(
  source: LongText,
  split: (text: string) => string[],
): Promise<{ page: number | null; text: string }[]> {
  const parts: { page: number | null; text: string }[] = [];
  for (const { page, text } of pagesOf(source)) {
    for (const piece of piecesOf(text)) {
      for (const part of split(piece)) {
        if (part.trim()) parts.push({ page, text: part.trim() });
      }
      if (parts.length >= MAX_CHUNKS) return parts.slice(0, MAX_CHUNKS);
      await nextTurn();
    }
  }
  return parts;
}

/** Cut at spaces. A run of letters without any is broken up first: on it the splitter's time grows with the square. */
function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const space = start + PIECE_CHARACTERS < text.length ? text.lastIndexOf(' ', start + PIECE_CHARACTERS) : -1;
    const end = space > start ? space : start + PIECE_CHARACTERS;
    yield text.slice(start, end).replace(LONG_RUN, '$& ');
    start = end;
  }
}

function pagesOf({ text, pageStarts }: LongText): { page: number | null; text: string }[] {
  if (!pageStarts || pageStarts.length === 0) return [{ page: null, text }];
  return pageStarts.map(({ page, start }, index) => ({ page, text: text.slice(start, pageStarts[index + 1]?.start) }));
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
