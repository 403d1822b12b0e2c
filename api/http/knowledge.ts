import { deleteDocument, getDocument, listDocuments, requestDocument } from '../../core/knowledge/documents';
import { assertFits, MAX_PAGES } from '../../core/knowledge/limits';
import { DOCUMENT_TYPES, KNOWLEDGE_STATUSES, type KnowledgeDocument } from '../../core/knowledge/types';
import { keepUpload } from '../../core/media/media-files';
import { identifyMedia } from '../../core/media/sniff';
import { deleteQueuedMedia } from '../../core/memory/forgetting/delete-media';
import { knowledgeWorkflowId } from '../../workflows/knowledge/ids';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { declaredTypeOf, readUpload } from './upload';
import { binary, idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const documentSchema = z
  .object({
    id: uuid(),
    title: z.string(),
    document_type: z.enum(DOCUMENT_TYPES).nullable(),
    file_name: z.string().nullable(),
    mime_type: z.string(),
    size_bytes: z.number().int(),
    enrichment_id: uuid().nullable().openapi({ description: 'Reads what is no plain text' }),
    status: z.enum(KNOWLEDGE_STATUSES),
    pages: z.number().int().nullable().openapi({ description: 'Null for a text without pages' }),
    passages_total: z.number().int(),
    passages_done: z
      .number()
      .int()
      .openapi({ description: 'Words find a passage at once, its meaning finds it once it is done' }),
    degraded: z.array(z.literal('vector')).openapi({ description: 'Some passages are found by their words alone' }),
    error_code: z.string().nullable(),
    created_at: timestamp(),
    finished_at: timestamp().nullable(),
    workflow_id: z.string(),
  })
  .openapi('KnowledgeDocument');

const optionsSchema = z.strictObject({
  title: z.string().trim().min(1).max(300).optional(),
  document_type: z.enum(DOCUMENT_TYPES).optional(),
});
const formBody = optionsSchema.extend({ file: binary() });
const RAW_TYPES = ['application/octet-stream', 'application/pdf', 'text/*', 'application/*'];
const listQuery = pageQuery.extend({ status: z.enum(KNOWLEDGE_STATUSES).optional() });
const UNTITLED = 'Documento';

export function knowledgeRoutes(deps: EdgeDeps): Route[] {
  const { db, paging, config, mediaStore } = deps;

  return [
    route({
      method: 'post',
      path: '/api/v1/knowledge/documents',
      tag: 'knowledge',
      summary: "Add a document to the company's knowledge base",
      description:
        `Text, Markdown, PDF or an Office file, as the \`file\` of a form or as the body; up to ${MAX_PAGES} pages, else ` +
        'DOCUMENT_TOO_LONG. A workflow reads it and cuts it into passages, which memory search over the whole project and ' +
        'the tool search_knowledge_base find. The same file again is the document there is.',
      scope: 'memory.manage',
      query: optionsSchema,
      rawBodies: {
        'multipart/form-data': formBody,
        ...Object.fromEntries(RAW_TYPES.map((type) => [type, binary()])),
      },
      response: { status: 202, description: 'Accepted; follow it by its id', body: documentSchema },
      async handler({ caller: { tenantId }, request, query }) {
        const { file, options } = await readUpload(request, {
          maxBytes: config.MEDIA_MAX_BYTES,
          options: optionsSchema,
        });
        const media = await identifyMedia(file.bytes, declaredTypeOf(file), file.fileName);
        await assertFits(file.bytes, media);
        const { bytes, fileName } = file;
        const title = options.title ?? query.title ?? fileName ?? UNTITLED;
        const documentType = options.document_type ?? query.document_type;
        const document = await keepUpload({ db, mediaStore }, { tenantId, bytes }, (stored) =>
          db.withTenant(tenantId, (tx) =>
            requestDocument(tx, tenantId, { ...stored, media, fileName, title, documentType }),
          ),
        );
        return shown(tenantId, document);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/knowledge/documents',
      tag: 'knowledge',
      summary: 'List the documents of the knowledge base, newest first',
      scope: 'memory.view',
      query: listQuery,
      response: { status: 200, description: 'A page of documents', body: pageOf(documentSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'knowledge-documents' }, query, async (at) => {
          const page = await db.withTenant(tenantId, (tx) =>
            listDocuments(tx, tenantId, { ...at, status: query.status }),
          );
          return {
            ...page,
            items: page.items.map((item) => ({
              ...item,
              workflowId: knowledgeWorkflowId({ tenantId, documentId: item.id }),
            })),
          };
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/knowledge/documents/{id}',
      tag: 'knowledge',
      summary: 'Read how far a document is',
      scope: 'memory.view',
      params: idParams,
      response: { status: 200, description: 'The document', body: documentSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        shown(tenantId, await db.withTenant(tenantId, (tx) => getDocument(tx, tenantId, params.id))),
    }),
    route({
      method: 'delete',
      path: '/api/v1/knowledge/documents/{id}',
      tag: 'knowledge',
      summary: 'Delete a document with its passages, their vectors and its file',
      scope: 'memory.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      async handler({ caller: { tenantId }, params }) {
        await db.withTenant(tenantId, (tx) => deleteDocument(tx, tenantId, params.id));
        await deleteQueuedMedia({ db, mediaStore }, tenantId);
      },
    }),
  ];
}

function shown(tenantId: string, document: KnowledgeDocument) {
  return { ...present(document), workflow_id: knowledgeWorkflowId({ tenantId, documentId: document.id }) };
}
