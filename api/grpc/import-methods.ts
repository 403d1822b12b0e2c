import type { Config } from '../../core/config';
import type { Database } from '../../core/database';
import { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { keepUpload } from '../../core/media/media-files';
import type { MediaStore } from '../../core/media/store';
import { withinDeadline } from '../../core/memory';
import { getImport, MAX_REFUSALS, requestFileImportOnce, type ImportOptions } from '../../core/memory/import/imports';
import { parseImportLine } from '../../core/memory/import/lines';
import type { Refusal } from '../../core/memory/import/types';
import { clientStream } from './client-stream';
import type { ImportMessagesRequest, MemoryServiceServer } from './generated/ventros/memory/v1/memory';
import { historyLine } from './history-line';
import { presentImport } from './present';
import { getImportRequest, importOptions, readRequest } from './requests';
import { DATABASE_LIMIT_MS, type CallContext } from './serve';
import { unary } from './unary';

/** A large history through a slow line. */
const STREAM_LIMIT_MS = 10 * 60_000;
/** Each holds up to IMPORT_MAX_BYTES until its stream has ended. */
const MAX_STREAMS = 4;
const RETRY_AFTER_MS = 10_000;

export interface ImportDeps {
  db: Database;
  logger: Logger;
  mediaStore: MediaStore;
  config: Pick<Config, 'IMPORT_MAX_BYTES'>;
}

/** Histories from other systems. */
export function importMethods(deps: ImportDeps): Pick<MemoryServiceServer, 'importMessages' | 'getImport'> {
  let streams = 0;
  return {
    importMessages: clientStream(deps, {
      scope: 'memory.manage',
      maxDurationMs: STREAM_LIMIT_MS,
      async handle(requests, context) {
        if (streams >= MAX_STREAMS) {
          throw new AppError('RATE_LIMIT_EXCEEDED', `This server takes ${MAX_STREAMS} import streams at once`, {
            retryAfterMs: RETRY_AFTER_MS,
          });
        }
        streams += 1;
        try {
          return await importStream(deps, requests, context);
        } finally {
          streams -= 1;
        }
      },
    }),

    getImport: unary(deps, {
      scope: 'memory.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const input = readRequest(getImportRequest, { import_id: request.importId });
        const found = await withinDeadline(deps.db, tenantId, deadline, (tx) =>
          getImport(tx, tenantId, input.import_id),
        );
        return { import: presentImport(found) };
      },
    }),
  };
}

async function importStream(
  { db, mediaStore, config }: ImportDeps,
  requests: AsyncIterable<ImportMessagesRequest>,
  { tenantId, deadline }: CallContext,
) {
  const { lines, received, refusals, options } = await readStream(requests, config.IMPORT_MAX_BYTES);
  // The same lines are the same file, and the same file is the same import.
  const found = await keepUpload({ db, mediaStore }, { tenantId, bytes: Buffer.concat(lines) }, (file) =>
    withinDeadline(db, tenantId, deadline, (tx) => requestFileImportOnce(tx, tenantId, { file, options })),
  );
  return { import: presentImport(found), messagesReceived: received, refusals };
}

/** @throws AppError VALIDATION_ERROR for a stream without messages or with options that are not understood, MEDIA_TOO_LARGE */
async function readStream(requests: AsyncIterable<ImportMessagesRequest>, maxBytes: number) {
  const lines: Buffer[] = [];
  const refusals: Refusal[] = [];
  const now = new Date();
  let options: ImportOptions | undefined;
  let received = 0;
  let sizeBytes = 0;
  for await (const { message, options: given } of requests) {
    options ??= optionsOf(given);
    if (!message) continue;
    received += 1;
    const line = historyLine(message);
    const parsed = parseImportLine(line, { line: received, now });
    if (!parsed.ok && refusals.length < MAX_REFUSALS) refusals.push({ line: received, problem: parsed.problem });
    const bytes = Buffer.from(`${line}\n`);
    sizeBytes += bytes.length;
    if (sizeBytes > maxBytes) {
      throw new AppError(
        'MEDIA_TOO_LARGE',
        `The messages are over the limit of ${maxBytes} bytes; send several streams`,
      );
    }
    lines.push(bytes);
  }
  if (!options || received === 0) {
    const field = { field: 'message', message: 'the stream held no message' };
    throw new AppError('VALIDATION_ERROR', `${field.field}: ${field.message}`, { fields: [field] });
  }
  return { lines, received, refusals, options };
}

function optionsOf(given: ImportMessagesRequest['options']): ImportOptions {
  const read = readRequest(importOptions, {
    gap_minutes: given?.gapMinutes ?? 0,
    fact_messages: given?.factMessages ?? 0,
  });
  return {
    gapMinutes: read.gap_minutes,
    ...(read.fact_messages > 0 ? { factMessages: read.fact_messages } : {}),
  };
}
