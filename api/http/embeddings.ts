import { EMBEDDING_CONTENT_TYPES, storeExternalEmbedding } from '../../core/memory';
import type { EdgeDeps } from './edge';
import { route, type Route } from './route';
import { uuid, z } from './zod';

const embeddingBody = z
  .object({
    contact_id: uuid().optional(),
    session_id: uuid().optional(),
    message_id: uuid().optional(),
    // Passages of the knowledge base come with their document only.
    content_type: z.enum(EMBEDDING_CONTENT_TYPES).exclude(['knowledge']),
    content_text: z.string().min(1).max(100_000),
    embedding: z.array(z.number()).openapi({
      description:
        'As many numbers as the vectors of the model that searches compare: 768, unless it is configured otherwise',
    }),
    model: z.string().trim().min(1).max(200).optional().openapi({
      description:
        'Which model made the vector; without it the one that this server is configured with. Only vectors of one model are compared',
    }),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  })
  .strict()
  .openapi('NewEmbedding');

export function embeddingRoutes({ db, embeddingModel }: EdgeDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/memory/embeddings',
      tag: 'memory',
      summary: 'Store a text with a vector made by the caller',
      description: 'It is a document of its own in searches. The same content twice is stored once.',
      scope: 'memory.manage',
      body: embeddingBody,
      response: { status: 201, description: 'The new or the existing one', body: z.object({ id: uuid() }) },
      handler: async ({ caller: { tenantId }, body }) => ({
        id: await db.withTenant(tenantId, (tx) =>
          storeExternalEmbedding(tx, tenantId, {
            contactId: body.contact_id ?? null,
            sessionId: body.session_id ?? null,
            messageId: body.message_id ?? null,
            contentType: body.content_type,
            contentText: body.content_text,
            embedding: body.embedding,
            model: body.model ?? null,
            configured: embeddingModel,
            metadata: body.metadata,
          }),
        ),
      }),
    }),
  ];
}
