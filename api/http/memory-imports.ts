import { getChannel } from '../../core/crm/channels';
import { AppError } from '../../core/errors';
import { keepUpload } from '../../core/media/media-files';
import {
  DEFAULT_FACT_MESSAGES,
  getImport,
  MAX_FACT_MESSAGES,
  requestImport,
  type MemoryImport,
} from '../../core/memory/import/imports';
import { DEFAULT_IMPORT_SETTINGS } from '../../core/memory/import/types';
import { requireWriter } from '../../core/memory/import/writer';
import { historyImportWorkflowId } from '../../workflows/history-import/ids';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { readRaw } from './upload';
import { binary, idParams, queryFlag, timestamp, uuid, z } from './zod';

const STATUSES = ['queued', 'storing', 'embedding', 'extracting', 'completed', 'partial', 'failed'] as const;
const FILE_TYPES = ['application/x-ndjson', 'application/jsonl', 'application/octet-stream', 'text/plain'];
/** A channel without an import: answered like one that was never asked for. */
const NO_IMPORT = 'Nothing was imported for this channel yet';

const importSchema = z
  .object({
    id: uuid(),
    kind: z.enum(['jsonl', 'waha']),
    channel_id: uuid(),
    status: z.enum(STATUSES).openapi({
      description: '`partial`: all but the refused lines are stored, or not everything was read for facts',
    }),
    lines_read: z.number().int(),
    lines_refused: z.number().int(),
    messages_stored: z.number().int(),
    messages_known: z.number().int().openapi({ description: 'Were there already' }),
    messages_embedded: z.number().int(),
    fact_messages_read: z.number().int().openapi({ description: 'Read for facts' }),
    fact_messages_skipped: z.number().int().openapi({ description: 'Of these, without a usable answer of the model' }),
    facts_found: z.number().int(),
    contacts_created: z.number().int(),
    sessions_created: z.number().int(),
    refusals: z
      .array(z.object({ line: z.number().int(), problem: z.string() }))
      .openapi({ description: 'The first hundred refused lines and the rule each breaks' }),
    error_code: z.string().nullable(),
    size_bytes: z.number().int(),
    created_at: timestamp(),
    started_at: timestamp().nullable(),
    finished_at: timestamp().nullable(),
    workflow_id: z.string(),
  })
  .openapi('MemoryImport');

const gapMinutes = z.coerce.number().int().min(1).max(1440).default(DEFAULT_IMPORT_SETTINGS.gapMinutes);
const factMessages = z.coerce.number().int().min(1).max(MAX_FACT_MESSAGES).default(DEFAULT_FACT_MESSAGES).openapi({
  description: 'With extract_facts: so many of the newest messages of customers are read',
});
const fileQuery = z
  .object({
    gap_minutes: gapMinutes,
    extract_facts: queryFlag().optional().openapi({
      type: 'boolean',
      description: 'Read for facts what customers said, with the language model and within the budgets. Default false',
    }),
    max_fact_messages: factMessages,
  })
  .strict();

const historyBody = z
  .object({
    strategy: z.enum(['time_range', 'full', 'recent', 'all', 'maximum']).default('time_range'),
    limit: z.number().int().min(1).max(100_000).optional().openapi({ description: 'Messages of each chat at most' }),
    time_range_days: z.number().int().min(1).max(3650).default(90),
    gap_minutes: gapMinutes,
    default_agent_id: uuid().optional().openapi({
      description: 'Who wrote what the company said: a person, or a virtual agent for the messages of its period',
    }),
    extract_facts: z.boolean().default(false),
    max_fact_messages: factMessages,
  })
  .strict()
  .openapi('HistoryImport');

/** `recent` is a look back for a quick start; the other names ask for everything. */
const RECENT_MESSAGES_PER_CHAT = 100;

export function memoryImportRoutes(deps: EdgeDeps): Route[] {
  const { db, config, mediaStore } = deps;
  return [
    route({
      method: 'post',
      path: '/api/v1/memory/import',
      tag: 'memory',
      summary: 'Import a history of conversations',
      description:
        'The body is JSONL, one message a line: `{"contact": {"ref", "phone" or "id", "name"}, "role": "customer" or ' +
        '"company", "text", "at", "session"?, "speaker"?, "external_id"?, "reply_to"?, "type"?, "metadata"?}`. Refused ' +
        'lines are reported by the import, the others are stored. The same file twice is stored once. Nobody is answered.',
      scope: 'memory.manage',
      query: fileQuery,
      rawBodies: Object.fromEntries(FILE_TYPES.map((type) => [type, binary()])),
      response: { status: 202, description: 'Accepted; follow it by its id', body: importSchema },
      async handler({ caller: { tenantId }, request, query }) {
        // The borders of a form would be lines that are refused, and the import partial.
        if (request.is(['application/json', 'multipart/form-data'])) {
          throw new AppError('BAD_REQUEST', 'Send the lines themselves as the body, as application/x-ndjson');
        }
        const { bytes } = await readRaw(request, config.IMPORT_MAX_BYTES);
        if (bytes.every((byte) => byte === 0x0a || byte === 0x0d || byte === 0x20)) {
          throw new AppError('BAD_REQUEST', 'The file has no lines');
        }
        const options = { gapMinutes: query.gap_minutes, ...factsOf(query) };
        const asked = await keepUpload({ db, mediaStore }, { tenantId, bytes }, (stored) =>
          db.withTenant(tenantId, (tx) =>
            requestImport(tx, tenantId, { source: { kind: 'jsonl', ...stored }, options }),
          ),
        );
        return shown(tenantId, asked);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/imports/{id}',
      tag: 'memory',
      summary: 'How far an import is, and what it refused',
      scope: 'memory.view',
      params: idParams,
      response: { status: 200, description: 'The import', body: importSchema },
      async handler({ caller: { tenantId }, params }) {
        return shown(tenantId, await db.withTenant(tenantId, (tx) => getImport(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/channels/{id}/import-history',
      tag: 'channels',
      summary: "Import the channel's own history",
      description: 'Private chats, newest first. Messages that are here already are left as they are.',
      scope: 'channels.manage',
      params: idParams,
      body: historyBody,
      response: { status: 202, description: 'Accepted; follow it by its id', body: importSchema },
      async handler({ caller: { tenantId }, params, body }) {
        const asked = await db.withTenant(tenantId, async (tx) => {
          const channel = await getChannel(tx, tenantId, params.id);
          if (channel.type !== 'waha') {
            throw new AppError('PRECONDITION_FAILED', 'Only a WAHA channel can be asked for its history');
          }
          if (body.default_agent_id) await requireWriter(tx, tenantId, body.default_agent_id);
          const maxMessages = body.limit ?? (body.strategy === 'recent' ? RECENT_MESSAGES_PER_CHAT : undefined);
          return requestImport(tx, tenantId, {
            source: { kind: 'waha', channelId: params.id },
            options: {
              gapMinutes: body.gap_minutes,
              ...factsOf(body),
              ...(body.strategy === 'time_range' ? { maxDays: body.time_range_days } : {}),
              ...(maxMessages === undefined ? {} : { maxMessagesPerChat: maxMessages }),
              ...(body.default_agent_id === undefined ? {} : { defaultAgentId: body.default_agent_id }),
            },
          });
        });
        return shown(tenantId, asked);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/channels/{id}/import-status',
      tag: 'channels',
      summary: 'The latest import of the channel',
      scope: 'channels.view',
      params: idParams,
      response: { status: 200, description: 'The import', body: importSchema },
      async handler({ caller: { tenantId }, params }) {
        const found = await db.withTenant(tenantId, async (tx) => {
          const latest = await tx.memoryImport.findFirst({
            where: { tenantId, channelId: params.id },
            orderBy: { id: 'desc' },
            select: { id: true },
          });
          if (!latest) throw new AppError('NOT_FOUND', NO_IMPORT);
          return getImport(tx, tenantId, latest.id);
        });
        return shown(tenantId, found);
      },
    }),
  ];
}

function factsOf(of: { extract_facts?: boolean | undefined; max_fact_messages: number }) {
  return of.extract_facts ? { factMessages: of.max_fact_messages } : {};
}

function shown(tenantId: string, row: MemoryImport) {
  return { ...present(row), workflow_id: historyImportWorkflowId({ tenantId, importId: row.id }) };
}
