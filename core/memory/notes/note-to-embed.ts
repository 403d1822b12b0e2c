import { sqlFile, type Tx } from '../../database';
import { cutText } from '../../text';
import { dayInWords } from '../day-in-words';
import { MAX_CONTENT_CHARACTERS, MAX_EMBED_CHARACTERS, type TextToEmbed } from '../embeddings';

interface NoteRow {
  noteId: string;
  contactId: string;
  sessionId: string | null;
  type: string;
  content: string;
  updatedAt: Date;
  authorType: string;
  timezone: string;
}

/** A note, ready for the embedder; empty when it was deleted. */
export async function noteToEmbed(tx: Tx, tenantId: string, noteId: string): Promise<TextToEmbed[]> {
  const rows = await tx.$queryRawUnsafe<NoteRow[]>(
    sqlFile('core/memory/notes/sql/note_to_embed.sql'),
    tenantId,
    noteId,
  );
  return rows.map(({ contactId, sessionId, type, content, updatedAt, authorType, timezone }) => {
    const day = dayInWords(updatedAt, timezone);
    const context = `Nota da empresa sobre o cliente, de ${day}:`;
    const contentText = cutText(content, MAX_CONTENT_CHARACTERS);
    return {
      contactId,
      conversationId: null,
      sessionId,
      messageId: null,
      factId: null,
      noteId,
      origin: 'derived' as const,
      contentType: 'note' as const,
      contentText,
      embedText: cutText(`${context}\n${contentText}`, MAX_EMBED_CHARACTERS),
      metadata: { context, noteId, noteType: type, author: authorType },
      occurredAt: updatedAt,
    };
  });
}
