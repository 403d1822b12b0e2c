import type { Request } from 'express';
import {
  getEnrichment,
  listEnrichments,
  requestEnrichment,
  type Enrichment,
  type NewEnrichment,
} from '../../core/crm/enrichments';
import { isLost } from '../../core/enrichment/lost';
import { giveUpEnrichment, isBeingRead, retryEnrichment, retryEnrichments } from '../../core/enrichment/operator-hold';
import { DEFAULT_CONTEXT, VISION_CONTEXTS } from '../../core/enrichment/contexts';
import { isMediaType, providerKindOf } from '../../core/enrichment/media-settings';
import { AppError } from '../../core/errors';
import type { CallOperation } from '../../core/providers/policy/limits';
import { openCircuits } from '../../core/observability/provider-states';
import { keepUpload } from '../../core/media/media-files';
import { identifyMedia } from '../../core/media/sniff';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import type { EdgeDeps } from './edge';
import { validationError } from './errors';
import { outsideUrls } from './outside-urls';
import { present } from './present';
import { route, type Route } from './route';
import { declaredTypeOf, readUpload } from './upload';
import { binary, idParams, pageOf, pageQuery, queryFlag, timestamp, uuid, z } from './zod';

/** So long the start of a workflow may be on its way, and the enrichment is not lost. */
const NOT_BEGUN_MS = 60_000;
const STATUSES = ['pending', 'processing', 'completed', 'failed'] as const;
const contentTypeSchema = z
  .string()
  .max(50)
  .openapi({ description: 'voice, audio, image, document, sticker or video' });
const contextSchema = z.enum(VISION_CONTEXTS).openapi({ description: 'What an image is asked for' });

const enrichmentSchema = z
  .object({
    id: uuid(),
    message_id: uuid().nullable(),
    contact_id: uuid().nullable(),
    conversation_id: uuid().nullable(),
    media_id: uuid().nullable(),
    media_url: z.string().nullable(),
    file_name: z.string().nullable(),
    content_type: z.string(),
    context: z.string(),
    status: z.enum(STATUSES),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    extracted_text: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    priority: z.number().int(),
    cost_micros: z.number().int().openapi({ description: 'Micro-dollars' }),
    processing_time_ms: z.number().int().nullable(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    deferred_until: timestamp().nullable().openapi({ description: 'Set while every provider is down' }),
    created_at: timestamp(),
    started_at: timestamp().nullable(),
    completed_at: timestamp().nullable(),
    workflow_id: z.string(),
  })
  .openapi('Enrichment');

const requestedSchema = z
  .object({ id: uuid(), workflow_id: z.string(), status: z.enum(STATUSES) })
  .openapi('RequestedEnrichment');

const openCircuitsSchema = z
  .array(z.object({ provider: z.string(), operation: z.string(), until: timestamp() }))
  .openapi({ description: 'Providers of such media that are left alone now, after five failures in a row' });
const retriedSchema = requestedSchema.extend({ open_circuits: openCircuitsSchema }).openapi('RetriedEnrichment');

const MOST_RETRIED_AT_ONCE = 1_000;
const retryManyBody = z
  .strictObject({
    content_type: contentTypeSchema.optional(),
    provider: z.string().max(100).optional().openapi({ description: 'That was asked for it, such as `vertex`' }),
    error_code: z.string().max(100).optional().openapi({ description: 'Why it failed or waits' }),
    from: timestamp().optional().openapi({ description: 'Arrived at or after this time' }),
    to: timestamp().optional().openapi({ description: 'Arrived before this time' }),
    limit: z.number().int().min(1).max(MOST_RETRIED_AT_ONCE).default(MOST_RETRIED_AT_ONCE),
  })
  .openapi('RetryOfEnrichments');
const retriedManySchema = z
  .object({
    retried: z.number().int().openapi({ description: 'How many were taken' }),
    has_more: z.boolean().openapi({ description: 'Others match and are left: ask again' }),
    open_circuits: openCircuitsSchema,
  })
  .openapi('RetriedEnrichments');

const urlBody = z
  .object({
    url: z.string().min(1).max(2000),
    mimetype: z.string().max(200).optional(),
    context: contextSchema.optional(),
    contact_id: uuid().optional(),
  })
  .strict()
  .openapi('EnrichmentOfUrl');

/** What may come beside a file: as fields of the form, or as query parameters. */
const optionsSchema = z.strictObject({ context: contextSchema.optional(), contact_id: uuid().optional() });
const formBody = optionsSchema.extend({ file: binary() });
/** The file itself as the body, under its own type or the one that says nothing. */
const RAW_TYPES = ['application/octet-stream', 'image/*', 'audio/*', 'video/*', 'text/*', 'application/*'];

const listQuery = pageQuery.extend({
  status: z.enum(STATUSES).optional(),
  content_type: contentTypeSchema.optional(),
  contact_id: uuid().optional(),
  message_id: uuid().optional(),
  provider: z.string().max(100).optional().openapi({ description: 'That read it, such as `groq`' }),
  error_code: z.string().max(100).optional().openapi({ description: 'Why it failed or waits, such as `BREAKER_OPEN`' }),
  waiting: queryFlag().optional().openapi({ description: '`true`: only those that wait for a provider or a budget' }),
  from: timestamp().optional().openapi({ description: 'Arrived at or after this time' }),
  to: timestamp().optional().openapi({ description: 'Arrived before this time' }),
});

type Options = z.output<typeof optionsSchema>;

export function enrichmentRoutes(deps: EdgeDeps): Route[] {
  const { db, paging, config, workflows } = deps;
  const urls = outsideUrls(config.ALLOWED_PRIVATE_HOSTS);

  const requested = (tenantId: string, wanted: NewEnrichment) =>
    db.withTenant(tenantId, (tx) => requestEnrichment(tx, tenantId, wanted));

  async function requestedByUrl(tenantId: string, body: unknown, query: Options): Promise<Enrichment> {
    const parsed = urlBody.safeParse(body ?? {});
    if (!parsed.success) throw validationError(parsed.error, 'body');
    const { url, mimetype, context, contact_id } = parsed.data;
    return requested(tenantId, {
      source: { kind: 'url', url: urls.check('url', url), declaredMimeType: mimetype ?? null },
      context: context ?? query.context ?? DEFAULT_CONTEXT,
      contactId: contact_id ?? query.contact_id ?? null,
    });
  }

  async function requestedByFile(tenantId: string, request: Request, query: Options): Promise<Enrichment> {
    const upload = await readUpload(request, { maxBytes: config.MEDIA_MAX_BYTES, options: optionsSchema });
    const { bytes, fileName } = upload.file;
    const options = { ...query, ...upload.options };
    const media = await identifyMedia(bytes, declaredTypeOf(upload.file), fileName);
    if (media.kind === 'unsupported') {
      throw new AppError(
        'MEDIA_UNSUPPORTED',
        `Files of type ${media.mimeType} cannot be read: send an image, sound, a video, a PDF, an Office file or text`,
      );
    }
    return keepUpload(deps, { tenantId, bytes }, (stored) =>
      requested(tenantId, {
        source: { kind: 'file', ...stored, media, fileName },
        context: options.context ?? DEFAULT_CONTEXT,
        contactId: options.contact_id ?? null,
      }),
    );
  }

  /** Temporal is asked only where the row does not tell: a retry of what waits or has failed does without. */
  async function hasLostWorkflow(tenantId: string, id: string): Promise<boolean> {
    const enrichment = await db.withTenant(tenantId, (tx) => getEnrichment(tx, tenantId, id));
    if (!isBeingRead(enrichment)) return false;
    const presence = await workflows.presenceOf(workflowIdOf(tenantId, enrichment));
    return isLost(enrichment, { presence, patienceMs: NOT_BEGUN_MS });
  }

  async function held(tenantId: string, id: string, act: typeof retryEnrichment) {
    const known = { isLost: await hasLostWorkflow(tenantId, id) };
    const enrichment = await db.withTenant(tenantId, async (tx) => {
      await act(tx, tenantId, id, known);
      return getEnrichment(tx, tenantId, id);
    });
    const status = z.enum(STATUSES).parse(enrichment.status);
    return {
      contentType: enrichment.contentType,
      answer: { id, workflow_id: workflowIdOf(tenantId, enrichment), status },
    };
  }

  async function retried(tenantId: string, id: string) {
    const { contentType, answer } = await held(tenantId, id, retryEnrichment);
    return { ...answer, open_circuits: await circuitsOf(readingOperations(contentType)) };
  }

  const circuitsOf = async (operations: CallOperation[]) =>
    (await openCircuits(db, operations)).map((circuit) => present(circuit));

  return [
    route({
      method: 'post',
      path: '/api/v1/enrichments',
      tag: 'enrichments',
      summary: 'Turn a file or an address into text',
      description:
        'Send a form with `file`, the file itself as the body, or JSON with `url`. What is to be known beside a file comes ' +
        'as query parameters or, first, as fields of the form or the JSON. The type is verified from the content. ' +
        'Starts a workflow and answers its id at once; read the enrichment for its state.',
      scope: 'enrichments.manage',
      query: optionsSchema,
      rawBodies: {
        'application/json': urlBody,
        'multipart/form-data': formBody,
        ...Object.fromEntries(RAW_TYPES.map((type) => [type, binary()])),
      },
      response: { status: 202, description: 'Accepted', body: requestedSchema },
      async handler({ caller: { tenantId }, request, query }) {
        const { id, status } = request.is('application/json')
          ? await requestedByUrl(tenantId, request.body, query)
          : await requestedByFile(tenantId, request, query);
        const workflow_id = enrichmentWorkflowId({ tenantId, subjectId: id });
        return { id, workflow_id, status: z.enum(STATUSES).parse(status) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/enrichments',
      tag: 'enrichments',
      summary: 'List enrichments, newest first',
      scope: 'enrichments.view',
      query: listQuery,
      response: { status: 200, description: 'A page of enrichments', body: pageOf(enrichmentSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'enrichments' }, query, async (at) => {
          const filter = {
            status: query.status,
            contentType: query.content_type,
            contactId: query.contact_id,
            messageId: query.message_id,
            provider: query.provider,
            errorCode: query.error_code,
            isWaiting: query.waiting,
            from: query.from,
            to: query.to,
          };
          const page = await db.withTenant(tenantId, (tx) => listEnrichments(tx, tenantId, { ...at, ...filter }));
          return { ...page, items: page.items.map((item) => ({ ...item, workflowId: workflowIdOf(tenantId, item) })) };
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/enrichments/{id}',
      tag: 'enrichments',
      summary: 'Read an enrichment',
      scope: 'enrichments.view',
      params: idParams,
      response: { status: 200, description: 'The enrichment', body: enrichmentSchema },
      async handler({ caller: { tenantId }, params }) {
        const enrichment = await db.withTenant(tenantId, (tx) => getEnrichment(tx, tenantId, params.id));
        return { ...present(enrichment), workflow_id: workflowIdOf(tenantId, enrichment) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/enrichments/{id}/retry',
      tag: 'enrichments',
      summary: 'Try the providers again now',
      description:
        'For one that waits because every provider is down, one that failed, and one whose workflow was terminated or is ' +
        'gone. Else ENRICHMENT_NOT_WAITING; WORKFLOWS_UNAVAILABLE when only Temporal could tell. ' +
        'A provider whose circuit is open is not asked before `until`: retry again then, or it waits on as before.',
      scope: 'enrichments.manage',
      params: idParams,
      response: { status: 202, description: 'It is tried again', body: retriedSchema },
      handler: ({ caller: { tenantId }, params }) => retried(tenantId, params.id),
    }),
    route({
      method: 'post',
      path: '/api/v1/enrichments/retry',
      tag: 'enrichments',
      summary: 'Try the providers again now for all that failed or wait',
      description:
        'After an outage: everything that matches, oldest first, a thousand at most in one call; ask again while `has_more`. What ' +
        'was taken is `pending` and is not taken twice, so a call may be repeated. Without `error_code`, media that nobody can ' +
        'read (damaged, gone, switched off) and those that were given up are left alone. The list shows how it goes on.',
      scope: 'enrichments.manage',
      body: retryManyBody,
      response: { status: 202, description: 'They are tried again', body: retriedManySchema },
      async handler({ caller: { tenantId }, body: { content_type: contentType, error_code: errorCode, ...rest } }) {
        const { retried, hasMore } = await db.withTenant(tenantId, (tx) =>
          retryEnrichments(tx, tenantId, { contentType, errorCode, ...rest }),
        );
        const operations = contentType ? readingOperations(contentType) : READING_OPERATIONS;
        return { retried, has_more: hasMore, open_circuits: await circuitsOf(operations) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/enrichments/{id}/give-up',
      tag: 'enrichments',
      summary: 'Stop waiting for a provider',
      description:
        'For one that waits because every provider is down, and one whose workflow was terminated or is gone: it fails at ' +
        'once. Else ENRICHMENT_NOT_WAITING; WORKFLOWS_UNAVAILABLE when only Temporal could tell.',
      scope: 'enrichments.manage',
      params: idParams,
      response: { status: 202, description: 'It is given up', body: requestedSchema },
      handler: async ({ caller: { tenantId }, params }) => (await held(tenantId, params.id, giveUpEnrichment)).answer,
    }),
  ];
}

const READING_OPERATIONS: CallOperation[] = ['vision', 'speech', 'documents'];

/** A video is read by those of its frames and of its sound; what is not known yet may be a picture. */
function readingOperations(contentType: string): CallOperation[] {
  const kind = isMediaType(contentType) ? providerKindOf(contentType) : 'vision';
  return kind === null ? ['vision', 'speech'] : [kind];
}

function workflowIdOf(tenantId: string, { id, messageId }: { id: string; messageId: string | null }): string {
  return enrichmentWorkflowId({ tenantId, subjectId: messageId ?? id });
}
