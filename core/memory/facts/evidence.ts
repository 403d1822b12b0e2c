import { sqlFile, type Tx } from '../../database';
import { getFact } from './store';

/** One message that a fact was read from. */
export interface FactEvidence {
  messageId: string;
  conversationId: string;
  sessionId: string | null;
  sentAt: Date;
  /** What was written and what was read from its medium; null once the text was erased. */
  text: string | null;
  /** The words that say it. */
  quote: string | null;
}

/**
 * Why a fact is known: its messages, the earliest first. Empty for what a person of the company wrote.
 *
 * @throws AppError NOT_FOUND
 */
export async function factEvidence(tx: Tx, tenantId: string, factId: string): Promise<FactEvidence[]> {
  await getFact(tx, tenantId, factId);
  return tx.$queryRawUnsafe<FactEvidence[]>(sqlFile('core/memory/facts/sql/fact_evidence.sql'), tenantId, factId);
}
