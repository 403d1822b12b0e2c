import { sqlFile, type Tx } from '../../database';
import { appendEvents } from '../../outbox/events';
import { storable, storableJson } from '../../text';
import { dayInWords } from '../day-in-words';
import type { TextToEmbed } from '../embeddings';
import { SUMMARY_PROMPT_VERSION } from './request';
import type { SessionSummary, SessionToSummarize, SummaryMessage } from './types';

/** Of a long session the last ones: they say how it ended. */
const MAX_MESSAGES = 200;
/** Fewer messages say no more than themselves (domain reference, section 1). */
const MIN_MESSAGES = 3;

type SessionRow = Omit<SessionToSummarize, 'messages'> & {
  messages: (Omit<SummaryMessage, 'sentAt'> & { sentAt: string })[];
};

/**
 * The session with its messages; null when there is nothing to sum up: it is still active, has a summary, is a group's or of a
 * channel without agents, or has fewer than three messages that say something.
 */
export async function sessionToSummarize(
  tx: Tx,
  tenantId: string,
  sessionId: string,
): Promise<SessionToSummarize | null> {
  const [row] = await tx.$queryRawUnsafe<SessionRow[]>(
    sqlFile('core/memory/summaries/sql/session_to_summarize.sql'),
    tenantId,
    sessionId,
    MAX_MESSAGES,
  );
  if (!row || row.messages.length < MIN_MESSAGES) return null;
  return { ...row, messages: row.messages.map((said) => ({ ...said, sentAt: new Date(said.sentAt) })) };
}

/**
 * Stores the summary of a session with its event, in the caller's transaction.
 *
 * @param of.readAt when its messages were read: what was forgotten since is not written
 * @returns false when the session has one already, or its contact was forgotten meanwhile.
 */
export async function storeSummary(
  tx: Tx,
  tenantId: string,
  of: { session: SessionToSummarize; summary: SessionSummary; model: string; readAt: Date },
): Promise<boolean> {
  const { session, summary, model, readAt } = of;
  const { sentimentScore, nextSteps, keyEntities, ...rest } = storableJson(summary);
  const stored = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/summaries/sql/store_summary.sql'),
    tenantId,
    session.sessionId,
    session.contactId,
    JSON.stringify({
      ...rest,
      sentiment_score: sentimentScore,
      next_steps: nextSteps,
      key_entities: keyEntities,
      language: session.language,
      model: storable(model),
      prompt_version: SUMMARY_PROMPT_VERSION,
    }),
    session.messages.length,
    readAt,
  );
  if (stored.length === 0) return false;
  const { sessionId, contactId } = session;
  const { sentiment, resolved, escalated, converted } = summary;
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'session',
      aggregateId: sessionId,
      eventType: 'session.summarized',
      // What was said stays in the table: events are kept and sent elsewhere.
      data: { sessionId, contactId, sentiment, resolved, escalated, converted },
    },
  ]);
  return true;
}

interface SummaryRow {
  sessionId: string;
  contactId: string;
  conversationId: string;
  startedAt: Date;
  endedAt: Date;
  timezone: string;
  summary: string;
  topics: string[];
  outcome: string;
  nextSteps: string[];
  sentiment: string;
  entities: string[];
}

/** The stored summary of a session, ready for the embedder; empty when there is none. */
export async function summariesToEmbed(tx: Tx, tenantId: string, sessionId: string): Promise<TextToEmbed[]> {
  const rows = await tx.$queryRawUnsafe<SummaryRow[]>(
    sqlFile('core/memory/summaries/sql/summary_to_embed.sql'),
    tenantId,
    sessionId,
  );
  return rows.map((row) => {
    const contentText = [
      row.summary,
      row.outcome,
      row.nextSteps.join('; '),
      row.topics.join(', '),
      row.entities.join(', '),
    ]
      .filter(Boolean)
      .join('\n');
    const day = dayInWords(row.startedAt, row.timezone);
    const context = `Resumo da conversa de ${day}:`;
    return {
      contactId: row.contactId,
      conversationId: row.conversationId,
      sessionId: row.sessionId,
      messageId: null,
      factId: null,
      contentType: 'session_summary' as const,
      contentText,
      embedText: `${context}\n${contentText}`,
      metadata: { context, topics: row.topics, sentiment: row.sentiment },
      occurredAt: row.endedAt,
    };
  });
}
