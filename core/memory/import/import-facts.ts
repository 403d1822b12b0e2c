import { sqlFile, type Database } from '../../database';
import { getImport, setImportStatus } from './imports';
import type { ImportRef } from './store-file';

/** Of one question to a model: about as much as it reads with care, and as a turn has at most. */
const MESSAGES_PER_BATCH = 20;
const CHARACTERS_PER_BATCH = 12_000;

/** The last message of a batch, in the order in which an import is read for facts. */
export interface FactPosition {
  contactId: string;
  /** As Postgres writes it: a Date would lose the microseconds. */
  sentAt: string;
  id: string;
}

export interface FactBatch {
  messageIds: string[];
  until: FactPosition;
}

interface Row extends FactPosition {
  sessionId: string;
  characters: number;
}

/**
 * What to read next for facts: messages of one session, or null when all that the import asked for is read.
 */
export async function nextFactBatch(db: Database, { tenantId, importId }: ImportRef): Promise<FactBatch | null> {
  const rows = await db.withTenant(tenantId, async (tx) => {
    const { options } = await getImport(tx, tenantId, importId);
    const found = await tx.$queryRawUnsafe<Row[]>(
      sqlFile('core/memory/import/sql/next_fact_messages.sql'),
      tenantId,
      importId,
      options.factMessages ?? 0,
      MESSAGES_PER_BATCH,
    );
    if (found.length > 0) await setImportStatus(tx, tenantId, { id: importId, status: 'extracting' });
    return found;
  });
  const batch = oneSession(rows);
  const last = batch.at(-1);
  if (!last) return null;
  const { contactId, sentAt, id } = last;
  return { messageIds: batch.map((row) => row.id), until: { contactId, sentAt, id } };
}

function oneSession(rows: readonly Row[]): Row[] {
  const batch: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    characters += row.characters;
    const [first] = batch;
    if (first && (row.sessionId !== first.sessionId || characters > CHARACTERS_PER_BATCH)) break;
    batch.push(row);
  }
  return batch;
}

/** Adds what a batch came to and moves on; the same batch twice counts once. */
export async function countFacts(
  db: Database,
  { tenantId, importId }: ImportRef,
  { until, messages, facts, isSkipped }: { until: FactPosition; messages: number; facts: number; isSkipped: boolean },
): Promise<void> {
  await db.withTenant(tenantId, (tx) =>
    tx.$executeRawUnsafe(
      sqlFile('core/memory/import/sql/count_facts.sql'),
      tenantId,
      importId,
      JSON.stringify(until),
      messages,
      isSkipped ? messages : 0,
      facts,
    ),
  );
}
