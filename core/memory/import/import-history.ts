import type { Database } from '../../database';
import { parseImportLine } from './lines';
import { historyChannel } from './import-channel';
import { storeHistory } from './store-history';
import {
  DEFAULT_IMPORT_SETTINGS,
  type HistoryMessage,
  type ImportSettings,
  type Refusal,
  type StoredHistory,
} from './types';

/** Lines of one transaction: enough to be fast, few enough that live messages need not wait where there is one connection. */
export const LINES_PER_BATCH = 500;
export const BATCH_TIMEOUT_MS = 60_000;

export interface ImportReport extends StoredHistory {
  linesRead: number;
}

/**
 * Stores a history in JSONL form at once, without a workflow: for programs that hold the lines themselves, such as an
 * evaluation. The durable way is `requestImport`. Storing the same lines again stores nothing.
 *
 * One line: `{"contact": {"ref" | "phone" | "id", "name"?, "email"?}, "role": "customer" | "company", "text", "at",
 * "session"?, "speaker"?, "external_id"?, "reply_to"?, "type"?, "metadata"?}`. `external_id` is unique within its contact
 * and comes back as `metadata.externalId` of the stored message.
 *
 * @returns counts, and the lines that were refused with the reason
 */
export async function importHistory(
  db: Database,
  {
    tenantId,
    lines,
    settings = DEFAULT_IMPORT_SETTINGS,
  }: { tenantId: string; lines: Iterable<string> | AsyncIterable<string>; settings?: ImportSettings },
): Promise<ImportReport> {
  const report: ImportReport = {
    linesRead: 0,
    messagesStored: 0,
    messagesKnown: 0,
    contactsCreated: 0,
    sessionsCreated: 0,
    refusals: [],
  };
  let batch: HistoryMessage[] = [];
  const store = async () => {
    const stored = await storeBatch(db, { tenantId, importId: null, messages: batch, settings });
    report.messagesStored += stored.messagesStored;
    report.messagesKnown += stored.messagesKnown;
    report.contactsCreated += stored.contactsCreated;
    report.sessionsCreated += stored.sessionsCreated;
    report.refusals.push(...stored.refusals);
    batch = [];
  };
  const now = new Date();
  for await (const text of lines) {
    report.linesRead += 1;
    if (text.trim() === '') continue;
    const parsed = parseImportLine(text, { line: report.linesRead, now });
    if (parsed.ok) batch.push(parsed.message);
    else report.refusals.push({ line: report.linesRead, problem: parsed.problem });
    if (batch.length >= LINES_PER_BATCH) await store();
  }
  if (batch.length > 0) await store();
  report.refusals.sort(byLine);
  return report;
}

export const byLine = (a: Refusal, b: Refusal) => a.line - b.line;

function storeBatch(
  db: Database,
  of: { tenantId: string; importId: string | null; messages: HistoryMessage[]; settings: ImportSettings },
): Promise<StoredHistory> {
  return db.withTenant(
    of.tenantId,
    async (tx) => {
      const channelId = await historyChannel(tx, of.tenantId);
      const target = { tenantId: of.tenantId, channelId, importId: of.importId, idsOf: 'contact' as const };
      return storeHistory(tx, target, of.messages, of.settings);
    },
    { timeoutMs: BATCH_TIMEOUT_MS },
  );
}
