import { sqlFile, type Prisma, type Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';
import { historyChannel } from './import-channel';
import type { Refusal, StoredHistory } from './types';

export type ImportStatus = 'queued' | 'storing' | 'embedding' | 'extracting' | 'completed' | 'partial' | 'failed';

/** Where a file's import goes on. */
export interface FilePosition {
  offsetBytes: number;
  line: number;
}

/** Where the import of a channel's history goes on: chats and messages come newest first. */
export interface ChatPosition {
  chatOffset: number;
  messageOffset: number;
}

export interface ImportOptions {
  gapMinutes: number;
  /** So many of the newest messages that customers wrote are read for facts; absent: none. */
  factMessages?: number;
  /** WAHA: nothing older than this. */
  maxDays?: number;
  /** WAHA: the newest of each chat. */
  maxMessagesPerChat?: number;
  /** WAHA: who wrote what the company said; a virtual agent only within its period. */
  defaultAgentId?: string;
}

export interface MemoryImport {
  id: string;
  kind: 'jsonl' | 'waha';
  channelId: string;
  sha256: string | null;
  sizeBytes: bigint;
  options: ImportOptions;
  status: ImportStatus;
  position: Partial<FilePosition & ChatPosition>;
  linesRead: number;
  messagesStored: number;
  messagesKnown: number;
  linesRefused: number;
  contactsCreated: number;
  sessionsCreated: number;
  messagesEmbedded: number;
  embeddedUntil: string | null;
  factMessagesRead: number;
  factMessagesSkipped: number;
  factsFound: number;
  refusals: Refusal[];
  errorCode: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** Of one import: at most a thousand questions to a model. */
export const MAX_FACT_MESSAGES = 20_000;
export const DEFAULT_FACT_MESSAGES = 1_000;

/** More than these are counted only: a file of nonsense must not fill a row. */
export const MAX_REFUSALS = 100;

export type ImportSource = { kind: 'jsonl'; sha256: string; sizeBytes: number } | { kind: 'waha'; channelId: string };

/** Records an import and asks for its workflow, in the caller's transaction. */
export async function requestImport(
  tx: Tx,
  tenantId: string,
  { source, options }: { source: ImportSource; options: ImportOptions },
): Promise<MemoryImport> {
  const channelId = source.kind === 'waha' ? source.channelId : await historyChannel(tx, tenantId);
  const id = newId();
  if (source.kind === 'jsonl') await tx.mediaDeletion.deleteMany({ where: { tenantId, sha256: source.sha256 } });
  await tx.memoryImport.create({
    data: {
      id,
      tenantId,
      kind: source.kind,
      channelId,
      options: { ...options },
      ...(source.kind === 'jsonl' ? { sha256: source.sha256, sizeBytes: source.sizeBytes } : {}),
    },
  });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'memory_import',
      aggregateId: id,
      eventType: WORKFLOW_EVENTS.historyImportRequested,
      data: { importId: id, kind: source.kind, channelId, wantsFacts: (options.factMessages ?? 0) > 0 },
    },
  ]);
  return getImport(tx, tenantId, id);
}

/**
 * `requestImport` of a file, once: the same lines with the same options answer the import that they have from the last day,
 * unless it failed. Within `keepFile`.
 */
export async function requestFileImportOnce(
  tx: Tx,
  tenantId: string,
  { file, options }: { file: { sha256: string; sizeBytes: number }; options: ImportOptions },
): Promise<MemoryImport> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`import:${tenantId}:${file.sha256}`}, 0))`;
  const [known] = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/memory/import/sql/find_file_import.sql'),
    tenantId,
    file.sha256,
    JSON.stringify(options),
  );
  if (known) {
    const found = await getImport(tx, tenantId, known.id);
    // Its file was deleted when it ended, and now came again for nothing.
    if (found.finishedAt) {
      await tx.mediaDeletion.createMany({ data: [{ tenantId, sha256: file.sha256 }], skipDuplicates: true });
    }
    return found;
  }
  return requestImport(tx, tenantId, { source: { kind: 'jsonl', ...file }, options });
}

/** @throws AppError NOT_FOUND */
export async function getImport(tx: Tx, tenantId: string, id: string): Promise<MemoryImport> {
  const row = await tx.memoryImport.findFirst({ where: { tenantId, id } });
  if (!row) throw new AppError('NOT_FOUND', 'There is no import with this id');
  const { tenantId: _tenant, factPosition: _position, ...rest } = row;
  return rest as unknown as MemoryImport;
}

/**
 * Adds what a batch came to and moves on, if nobody did so before: `from` is the position the batch started at. Must be in
 * the transaction that stores the batch, so that a repeated batch counts once.
 *
 * @throws AppError CONFLICT when another attempt was faster
 */
export async function advanceImport(
  tx: Tx,
  tenantId: string,
  {
    id,
    from,
    to,
    linesRead,
    stored,
  }: { id: string; from: Prisma.InputJsonObject; to: Prisma.InputJsonObject; linesRead: number; stored: StoredHistory },
): Promise<void> {
  const changed = await tx.$executeRawUnsafe(
    sqlFile('core/memory/import/sql/advance_import.sql'),
    tenantId,
    id,
    JSON.stringify(from),
    JSON.stringify(to),
    linesRead,
    stored.messagesStored,
    stored.messagesKnown,
    stored.contactsCreated,
    stored.sessionsCreated,
    stored.refusals.length,
    JSON.stringify(stored.refusals.slice(0, MAX_REFUSALS)),
    MAX_REFUSALS,
  );
  if (changed !== 1) throw new AppError('CONFLICT', 'Another attempt of the import went on from here');
}

export async function setImportStatus(
  tx: Tx,
  tenantId: string,
  { id, status, errorCode }: { id: string; status: ImportStatus; errorCode?: string },
): Promise<void> {
  const isOver = status === 'completed' || status === 'partial' || status === 'failed';
  await tx.memoryImport.updateMany({
    where: { tenantId, id },
    data: {
      status,
      ...(errorCode === undefined ? {} : { errorCode }),
      ...(isOver ? { finishedAt: new Date() } : {}),
    },
  });
}
