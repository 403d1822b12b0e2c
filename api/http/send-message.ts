import { runOnce } from '../../core/crm/idempotency';
import { queueMessage, type SendRequest } from '../../core/crm/send-message';
import type { Tx } from '../../core/database';
import { sendingWorkflowId } from '../../workflows/sending/ids';
import type { EdgeDeps } from './edge';
import { idempotencyKey, MAX_IDEMPOTENCY_KEY_LENGTH } from './idempotency-key';
import { outsideUrls, type OutsideUrls } from './outside-urls';
import { route, type Route } from './route';
import { uuid, z } from './zod';

const ROUTE = 'POST /api/v1/messages/send';

export const sendBody = z
  .object({
    contact_id: uuid(),
    channel_id: uuid(),
    content_type: z.enum(['text', 'image', 'video', 'voice', 'document']).default('text'),
    text: z
      .string()
      .trim()
      .min(1)
      .max(4096)
      .optional()
      .openapi({ description: 'The text, or the caption of a medium' }),
    media_url: z
      .string()
      .max(2000)
      .optional()
      .openapi({ description: 'Public address the channel fetches the medium from' }),
    media_mimetype: z.string().max(200).optional(),
    media_filename: z.string().max(200).optional(),
    reply_to_id: uuid().optional(),
    metadata: z.record(z.string().max(100), z.string().max(1000)).optional(),
  })
  .strict()
  .openapi('OutboundMessage');

const queuedSchema = z
  .object({
    id: uuid(),
    conversation_id: uuid(),
    session_id: uuid(),
    status: z.literal('queued'),
    workflow_id: z.string(),
  })
  .openapi('QueuedMessage');

export function sendMessageRoutes(deps: EdgeDeps): Route[] {
  const { db, config } = deps;
  const urls = outsideUrls(config.ALLOWED_PRIVATE_HOSTS);
  return [
    route({
      method: 'post',
      path: '/api/v1/messages/send',
      tag: 'messages',
      summary: 'Send a message',
      description:
        'Answers once the message is stored; its own workflow delivers it. With `Idempotency-Key` the same request may be ' +
        'repeated for 24 hours: the stored answer comes back with `Idempotency-Replayed: true`. The same key with another ' +
        'body is IDEMPOTENCY_KEY_REUSED (422), while the first is running IDEMPOTENCY_IN_FLIGHT (409).',
      scope: 'messages.send',
      headers: z.object({ 'Idempotency-Key': z.string().min(1).max(MAX_IDEMPOTENCY_KEY_LENGTH).optional() }),
      body: sendBody,
      response: { status: 202, description: 'Queued', body: queuedSchema },
      async handler({ caller: { tenantId }, body, request, response }) {
        const key = idempotencyKey(request.get('idempotency-key'));
        const inTenant = <T>(work: (tx: Tx) => Promise<T>) => db.withTenant(tenantId, work);
        const { isReplay, ...queued } = await sendOnce(inTenant, { tenantId, body, key, urls });
        if (isReplay) response.setHeader('Idempotency-Replayed', 'true');
        return queued;
      },
    }),
  ];
}

/**
 * Stores a message to be sent, with a key only once for 24 hours.
 *
 * @param inTenant runs work in one transaction of the tenant
 * @throws AppError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_FLIGHT, URL_FORBIDDEN, and those of `queueMessage`
 */
export async function sendOnce(
  inTenant: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  {
    tenantId,
    body,
    key,
    urls,
  }: { tenantId: string; body: z.output<typeof sendBody>; key: string | null; urls: OutsideUrls },
): Promise<z.output<typeof queuedSchema> & { isReplay: boolean }> {
  const sending = toSendRequest(body, urls.check);
  const send = (tx: Tx) => queue(tx, tenantId, sending);
  if (key === null) return { ...(await inTenant(send)), isReplay: false };
  const answer = await inTenant((tx) =>
    runOnce(tx, { tenantId, route: ROUTE, key, body }, async () => ({ status: 202, body: await send(tx) })),
  );
  return { ...queuedSchema.parse(answer.body), isReplay: answer.isReplay };
}

async function queue(tx: Tx, tenantId: string, sending: SendRequest) {
  const queued = await queueMessage(tx, tenantId, sending);
  return {
    id: queued.messageId,
    conversation_id: queued.conversationId,
    session_id: queued.sessionId,
    status: 'queued' as const,
    workflow_id: sendingWorkflowId({ tenantId, messageId: queued.messageId }),
  };
}

function toSendRequest(body: z.output<typeof sendBody>, checkUrl: (field: string, url: string) => URL): SendRequest {
  return {
    contactId: body.contact_id,
    channelId: body.channel_id,
    contentType: body.content_type,
    text: body.text ?? null,
    mediaUrl: body.media_url === undefined ? null : checkUrl('media_url', body.media_url),
    mediaMimetype: body.media_mimetype,
    mediaFilename: body.media_filename,
    replyToId: body.reply_to_id,
    metadata: body.metadata,
  };
}
