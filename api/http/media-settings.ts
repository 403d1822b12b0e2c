import { chainFaults } from '../../core/enrichment/check-chain';
import {
  MEDIA_TYPES,
  providerKindOf,
  type MediaType,
  type MediaTypeSettings,
} from '../../core/enrichment/media-settings';
import {
  changeMediaSettings,
  readMediaSettings,
  type MediaSettingsChange,
  type MediaSettingsView,
} from '../../core/enrichment/media-settings-repository';
import { getChannel } from '../../core/crm/channels';
import { AppError } from '../../core/errors';
import { chainOf } from '../../core/providers/requirements';
import type { EdgeDeps } from './edge';
import { route, type Route } from './route';
import { idParams, z } from './zod';

const MAX_CHAIN_PLACES = 5;

const settings = {
  enabled: z.boolean().openapi({ description: 'Off: media of this kind are stored and not read' }),
  priority: z.number().int().min(1).max(10).openapi({ description: 'The higher one is worked on first' }),
  debounce_ms: z.number().int().min(0).max(300_000).openapi({ description: 'Instead of the channel’s debounce time' }),
  max_mb: z.number().int().min(1).max(1000).openapi({ description: 'Larger files are kept and not read' }),
  chain: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(MAX_CHAIN_PLACES)
    .openapi({ description: 'Providers in the order in which they are tried: `groq`, or `groq/whisper-large-v3`' }),
};

const effectiveSchema = z.object({
  ...settings,
  debounce_ms: settings.debounce_ms.nullable(),
  chain: z.array(z.string()).openapi({ description: 'Empty for a video: it is read by those of image and audio' }),
});
const changeSchema = z
  .object({
    enabled: settings.enabled.nullable(),
    priority: settings.priority.nullable(),
    debounce_ms: settings.debounce_ms.nullable(),
    max_mb: settings.max_mb.nullable(),
    chain: settings.chain.nullable(),
  })
  .partial()
  .strict();

function ofEveryType<T extends z.ZodType>(schema: T) {
  return z.object({
    voice: schema,
    audio: schema,
    image: schema,
    sticker: schema,
    document: schema,
    video: schema,
  });
}

const viewSchema = z
  .object({
    effective: ofEveryType(effectiveSchema).openapi({ description: 'What holds' }),
    own: ofEveryType(changeSchema).partial().openapi({ description: 'What was set on this level' }),
  })
  .openapi('MediaSettings');
const changeBody = ofEveryType(changeSchema).partial().strict().openapi('MediaSettingsChange');

type View = z.output<typeof viewSchema>;
type ChangeBody = z.output<typeof changeBody>;

const DESCRIPTION =
  'By kind of medium. A channel’s settings win over the project’s, setting by setting; null takes one back. A provider that ' +
  'is unknown or has no credentials, and a model without a price, are refused.';

export function mediaSettingsRoutes({ db, config, prices }: EdgeDeps): Route[] {
  const read = (tenantId: string, channelId: string | null) =>
    db.withTenant(tenantId, async (tx) => {
      if (channelId) await getChannel(tx, tenantId, channelId);
      return show(await readMediaSettings(tx, tenantId, channelId));
    });

  const change = (tenantId: string, channelId: string | null, body: ChangeBody) => {
    const wanted = toChange(body);
    const faults = MEDIA_TYPES.flatMap((type) => {
      const chain = wanted[type]?.chain;
      return chain ? chainFaults({ config, prices }, type, chain) : [];
    });
    return db.withTenant(tenantId, async (tx) => {
      if (channelId) await getChannel(tx, tenantId, channelId);
      if (faults.length > 0) {
        const [first] = faults;
        throw new AppError('VALIDATION_ERROR', `${first?.field}: ${first?.message}`, { fields: faults });
      }
      return show(await changeMediaSettings(tx, tenantId, { channelId, change: wanted }));
    });
  };

  function show({ effective, own }: MediaSettingsView): View {
    const all = MEDIA_TYPES.map((type) => [type, effectiveOf(type, effective[type])]);
    const set = Object.entries(own).map(([type, values]) => [type, toBody(values)]);
    return { effective: Object.fromEntries(all), own: Object.fromEntries(set) };
  }

  function effectiveOf(type: MediaType, values: MediaTypeSettings) {
    const kind = providerKindOf(type);
    return { ...toBody(values), chain: values.chain ?? (kind === null ? [] : chainOf(config, kind)) };
  }

  return [
    route({
      method: 'get',
      path: '/api/v1/media-settings',
      tag: 'enrichments',
      summary: 'How media of the project are read',
      scope: 'settings.view',
      response: { status: 200, description: 'The settings', body: viewSchema },
      handler: ({ caller: { tenantId } }) => read(tenantId, null),
    }),
    route({
      method: 'patch',
      path: '/api/v1/media-settings',
      tag: 'enrichments',
      summary: 'Change how media of the project are read',
      description: DESCRIPTION,
      scope: 'settings.manage',
      body: changeBody,
      response: { status: 200, description: 'The settings', body: viewSchema },
      handler: ({ caller: { tenantId }, body }) => change(tenantId, null, body),
    }),
    route({
      method: 'get',
      path: '/api/v1/channels/{id}/media-settings',
      tag: 'channels',
      summary: 'How media of a channel are read',
      scope: 'channels.view',
      params: idParams,
      response: { status: 200, description: 'The settings', body: viewSchema },
      handler: ({ caller: { tenantId }, params }) => read(tenantId, params.id),
    }),
    route({
      method: 'patch',
      path: '/api/v1/channels/{id}/media-settings',
      tag: 'channels',
      summary: 'Change how media of a channel are read',
      description: DESCRIPTION,
      scope: 'channels.manage',
      params: idParams,
      body: changeBody,
      response: { status: 200, description: 'The settings', body: viewSchema },
      handler: ({ caller: { tenantId }, params, body }) => change(tenantId, params.id, body),
    }),
  ];
}

function toBody({ debounceMs, maxMb, ...same }: Partial<MediaTypeSettings>) {
  return {
    ...same,
    ...(debounceMs === undefined ? {} : { debounce_ms: debounceMs }),
    ...(maxMb === undefined ? {} : { max_mb: maxMb }),
  };
}

function toChange(body: ChangeBody): MediaSettingsChange {
  const entries = Object.entries(body).map(([type, { debounce_ms, max_mb, ...same }]) => [
    type,
    {
      ...same,
      ...(debounce_ms === undefined ? {} : { debounceMs: debounce_ms }),
      ...(max_mb === undefined ? {} : { maxMb: max_mb }),
    },
  ]);
  return Object.fromEntries(entries) as MediaSettingsChange;
}
