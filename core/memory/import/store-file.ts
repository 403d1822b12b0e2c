import type { Database } from '../../database';
import { AppError, isAppError } from '../../errors';
import type { MediaStore } from '../../media/store';
import { fileLines } from './file-lines';
import { BATCH_TIMEOUT_MS, LINES_PER_BATCH } from './import-history';
import { advanceImport, getImport, type FilePosition } from './imports';
import { parseImportLine } from './lines';
import { storeHistory } from './store-history';
import type { HistoryMessage, Refusal } from './types';

export interface ImportRef {
  tenantId: string;
  importId: string;
}

/** How far one call came. */
export interface ImportStep {
  isDone: boolean;
  linesRead: number;
  messagesStored: number;
}

/**
 * Stores a part of a file: batches of lines until `budgetMs` is over or the file ends. Each batch commits with its place in the file,
 * so that whoever calls next, after a kill too, goes on there.
 *
 * @throws AppError NOT_FOUND when the import or its file is gone
 */
export async function storeFileLines(
  { db, mediaStore }: { db: Database; mediaStore: MediaStore },
  { tenantId, importId }: ImportRef,
  { budgetMs, signal, onProgress }: { budgetMs: number; signal: AbortSignal; onProgress: (detail: unknown) => void },
): Promise<ImportStep> {
  const found = await db.withTenant(tenantId, (tx) => getImport(tx, tenantId, importId));
  if (found.sha256 === null) throw new AppError('INVARIANT_VIOLATION', 'The import has no file');
  const file = await mediaStore.localPath(tenantId, found.sha256);
  const endsAt = performance.now() + budgetMs;
  let from: Partial<FilePosition> = found.position;
  let linesRead = found.linesRead;
  let messagesStored = found.messagesStored;
  let batch = newBatch(from);
  const now = new Date();

  const commit = async () => {
    const to = { offsetBytes: batch.offsetBytes, line: batch.line };
    messagesStored += await db.withTenant(
      tenantId,
      async (tx) => {
        const target = { tenantId, channelId: found.channelId, importId, idsOf: 'contact' as const };
        const stored = await storeHistory(tx, target, batch.messages, found.options);
        stored.refusals = [...batch.refusals, ...stored.refusals].toSorted((a, b) => a.line - b.line);
        await advanceImport(tx, tenantId, { id: importId, from, to, linesRead: batch.linesRead, stored });
        return stored.messagesStored;
      },
      { timeoutMs: BATCH_TIMEOUT_MS },
    );
    linesRead += batch.linesRead;
    from = to;
    batch = newBatch(to);
    onProgress({ linesRead });
  };

  try {
    return await readOn();
  } catch (error) {
    // An attempt that was given up for dead was still alive and faster. Its work counts; the next call goes on from there.
    if (isAppError(error, 'CONFLICT')) return { isDone: false, linesRead, messagesStored };
    throw error;
  }

  async function readOn(): Promise<ImportStep> {
    for await (const { text, nextOffsetBytes } of fileLines(file, from.offsetBytes ?? 0)) {
      batch.line += 1;
      batch.offsetBytes = nextOffsetBytes;
      if (text.trim() !== '') {
        batch.linesRead += 1;
        const parsed = parseImportLine(text, { line: batch.line, now });
        if (parsed.ok) batch.messages.push(parsed.message);
        else batch.refusals.push({ line: batch.line, problem: parsed.problem });
      }
      if (batch.linesRead < LINES_PER_BATCH) continue;
      await commit();
      signal.throwIfAborted();
      if (performance.now() > endsAt) return { isDone: false, linesRead, messagesStored };
    }
    if (batch.linesRead > 0) await commit();
    return { isDone: true, linesRead, messagesStored };
  }
}

function newBatch({ offsetBytes = 0, line = 0 }: Partial<FilePosition>) {
  return { offsetBytes, line, linesRead: 0, messages: [] as HistoryMessage[], refusals: [] as Refusal[] };
}
