import { activateChannel } from '../../core/crm/activate-channel';
import {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  newWebhookSecret,
  switchChannel,
  updateChannel,
  type Channel,
  type WahaConnection,
} from '../../core/crm/channels';
import { AppError } from '../../core/errors';
import type { EdgeDeps } from './edge';
import { outsideUrls, type OutsideUrls } from './outside-urls';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const WEBHOOK_PATH = '/api/v1/webhooks';
const LOST_SEND_POLICY =
  'When WhatsApp never said whether it took a picture, video, voice note or document: leave it as unknown, or resend it ' +
  'once, at the risk that it arrives twice';

const channelSchema = z
  .object({
    id: uuid(),
    name: z.string(),
    type: z.string(),
    status: z
      .string()
      .openapi({ description: 'active, inactive, connecting, disconnected or error, as its session is' }),
    is_enabled: z
      .boolean()
      .openapi({ description: 'Switched on by activate; while it is false nothing is sent or answered' }),
    external_id: z.string().openapi({ description: "WAHA's name for the session" }),
    base_url: z.string(),
    webhook_id: uuid(),
    webhook_url: z
      .string()
      .openapi({ description: 'Where WAHA is to send its events; a path if PUBLIC_URL is not set' }),
    pipeline_id: uuid().nullable(),
    session_timeout_minutes: z.number().int().nullable(),
    ai_enabled: z.boolean(),
    ai_agents_enabled: z.boolean(),
    allow_groups: z.boolean(),
    debounce_timeout_ms: z.number().int(),
    lost_send_policy: z.string().openapi({ description: LOST_SEND_POLICY }),
    messages_received: z.number().int(),
    messages_sent: z.number().int(),
    last_message_at: timestamp().nullable(),
    last_error: z.string().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Channel');

const createdSchema = channelSchema
  .extend({
    webhook_secret: z.string().optional().openapi({
      description: 'Only when it was made here, and shown this once: set it as the hmac key of WAHA’s webhook',
    }),
  })
  .openapi('CreatedChannel');

const settings = {
  name: z.string().trim().min(1).max(200),
  pipeline_id: uuid().nullable(),
  session_timeout_minutes: z.number().int().min(1).max(1440).nullable(),
  ai_enabled: z.boolean().openapi({ description: 'Media are read' }),
  ai_agents_enabled: z.boolean().openapi({ description: 'Agents answer and remember' }),
  allow_groups: z.boolean(),
  debounce_timeout_ms: z.number().int().min(0).max(300_000),
  lost_send_policy: z.enum(['leave', 'resend']).openapi({ description: LOST_SEND_POLICY }),
};

const wahaSchema = z
  .object({
    base_url: z.string().min(1).max(500),
    api_key: z.string().max(500).default(''),
    session_id: z.string().trim().min(1).max(200).default('default'),
    webhook_secret: z.string().min(8).max(500).optional(),
  })
  .strict()
  .openapi('WahaConfig');

const createBody = z
  .object(settings)
  .partial()
  .required({ name: true })
  .extend({ type: z.literal('waha').default('waha'), waha_config: wahaSchema })
  .strict()
  .openapi('NewChannel');

const wahaChangeSchema = z
  .object({
    base_url: z.string().min(1).max(500),
    api_key: z.string().max(500),
    session_id: z.string().trim().min(1).max(200),
    webhook_secret: z.string().min(8).max(500),
  })
  .partial()
  .strict();

const updateBody = z
  .object(settings)
  .partial()
  .extend({ version: z.number().int().min(1).optional(), waha_config: wahaChangeSchema.optional() })
  .strict()
  .openapi('ChannelChange');

export function channelRoutes(deps: EdgeDeps): Route[] {
  const { db, secretBox, paging, config } = deps;
  const urls = outsideUrls(config.ALLOWED_PRIVATE_HOSTS);
  const show = (channel: Channel) => ({
    ...present(channel),
    webhook_url: `${config.PUBLIC_URL?.replace(/\/+$/, '') ?? ''}${WEBHOOK_PATH}/${channel.webhookId}`,
  });

  return [
    route({
      method: 'get',
      path: '/api/v1/channels',
      tag: 'channels',
      summary: 'List channels, newest first',
      scope: 'channels.view',
      query: pageQuery,
      response: { status: 200, description: 'A page of channels', body: pageOf(channelSchema) },
      async handler({ caller: { tenantId }, query }) {
        return paging.answer({ tenantId, list: 'channels' }, query, async (at) => {
          const page = await db.withTenant(tenantId, (tx) => listChannels(tx, tenantId, at));
          return { ...page, items: page.items.map((item) => ({ ...item, webhookUrl: show(item).webhook_url })) };
        });
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/channels',
      tag: 'channels',
      summary: 'Create a channel',
      description: 'It is inactive until it is activated. Its secrets are sealed and never answered.',
      scope: 'channels.manage',
      body: createBody,
      response: { status: 201, description: 'The channel', body: createdSchema },
      async handler({ caller: { tenantId }, body }) {
        const { waha_config } = body;
        const madeSecret = waha_config.webhook_secret === undefined ? newWebhookSecret() : undefined;
        const waha: WahaConnection = {
          baseUrl: checkBaseUrl(urls, waha_config.base_url),
          apiKey: waha_config.api_key,
          sessionId: waha_config.session_id,
          webhookSecret: waha_config.webhook_secret ?? madeSecret ?? '',
        };
        const channel = await db.withTenant(tenantId, (tx) =>
          createChannel(tx, tenantId, { secretBox, waha, settings: { ...toSettings(body), name: body.name } }),
        );
        return { ...show(channel), ...(madeSecret === undefined ? {} : { webhook_secret: madeSecret }) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/channels/{id}',
      tag: 'channels',
      summary: 'Read a channel',
      scope: 'channels.view',
      params: idParams,
      response: { status: 200, description: 'The channel', body: channelSchema },
      async handler({ caller: { tenantId }, params }) {
        return show(await db.withTenant(tenantId, (tx) => getChannel(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'patch',
      path: '/api/v1/channels/{id}',
      tag: 'channels',
      summary: 'Change settings or connection of a channel',
      description: 'A base_url of another origin needs its api_key in the same request.',
      scope: 'channels.manage',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The channel', body: channelSchema },
      async handler({ caller: { tenantId }, params, body }) {
        const change = {
          secretBox,
          channelId: params.id,
          version: body.version,
          settings: toSettings(body),
          waha: toConnection(body.waha_config, urls),
        };
        return show(await db.withTenant(tenantId, (tx) => updateChannel(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/channels/{id}',
      tag: 'channels',
      summary: 'Delete a channel',
      description: 'Its webhook answers 404 from then on; its messages are kept.',
      scope: 'channels.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) => deleteChannel(tx, tenantId, params.id)),
    }),
    route({
      method: 'post',
      path: '/api/v1/channels/{id}/activate',
      tag: 'channels',
      summary: 'Check the WAHA session and switch the channel on',
      description:
        'Only a session that is WORKING is switched on; otherwise the reason is answered and kept in last_error.',
      scope: 'channels.manage',
      params: idParams,
      response: { status: 200, description: 'The active channel', body: channelSchema },
      async handler({ caller: { tenantId }, params }) {
        return show(await activateChannel(deps, { tenantId, channelId: params.id }));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/channels/{id}/deactivate',
      tag: 'channels',
      summary: 'Switch a channel off',
      description:
        'Nothing is sent or answered any more, whatever its WAHA session does; what arrives is still stored. Messages ' +
        'that wait to be sent fail with CHANNEL_INACTIVE.',
      scope: 'channels.manage',
      params: idParams,
      response: { status: 200, description: 'The inactive channel', body: channelSchema },
      async handler({ caller: { tenantId }, params }) {
        const change = { channelId: params.id, isEnabled: false };
        return show(await db.withTenant(tenantId, (tx) => switchChannel(tx, tenantId, change)));
      },
    }),
  ];
}

function toSettings(body: Partial<z.output<typeof updateBody>>) {
  const { pipeline_id, session_timeout_minutes, ai_enabled, ai_agents_enabled, allow_groups } = body;
  const { debounce_timeout_ms, lost_send_policy } = body;
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(pipeline_id === undefined ? {} : { pipelineId: pipeline_id }),
    ...(session_timeout_minutes === undefined ? {} : { sessionTimeoutMinutes: session_timeout_minutes }),
    ...(ai_enabled === undefined ? {} : { aiEnabled: ai_enabled }),
    ...(ai_agents_enabled === undefined ? {} : { aiAgentsEnabled: ai_agents_enabled }),
    ...(allow_groups === undefined ? {} : { allowGroups: allow_groups }),
    ...(debounce_timeout_ms === undefined ? {} : { debounceTimeoutMs: debounce_timeout_ms }),
    ...(lost_send_policy === undefined ? {} : { lostSendPolicy: lost_send_policy }),
  };
}

/** Paths are appended to it, so it cannot have a query or a fragment. */
function checkBaseUrl(urls: OutsideUrls, baseUrl: string): string {
  const field = 'waha_config.base_url';
  const url = urls.check(field, baseUrl);
  if (!/[?#]/.test(baseUrl)) return url.href;
  const message = 'must have neither a query nor a fragment';
  throw new AppError('VALIDATION_ERROR', `${field} ${message}`, { fields: [{ field, message }] });
}

function toConnection(
  change: z.output<typeof wahaChangeSchema> | undefined,
  urls: OutsideUrls,
): Partial<WahaConnection> {
  if (!change) return {};
  return {
    ...(change.base_url === undefined ? {} : { baseUrl: checkBaseUrl(urls, change.base_url) }),
    ...(change.api_key === undefined ? {} : { apiKey: change.api_key }),
    ...(change.session_id === undefined ? {} : { sessionId: change.session_id }),
    ...(change.webhook_secret === undefined ? {} : { webhookSecret: change.webhook_secret }),
  };
}
