import { sqlFile, type Tx } from '../database';
import { newId } from '../ids';
import {
  MEDIA_TYPES,
  resolveMediaSettings,
  type MediaOverrides,
  type MediaType,
  type MediaTypeSettings,
} from './media-settings';

/** What was set for the project and, if one is named, for the channel, in this order. */
export async function loadMediaLevels(tx: Tx, tenantId: string, channelId: string | null): Promise<MediaOverrides[]> {
  const rows = await tx.$queryRawUnsafe<{ settings: MediaOverrides }[]>(
    sqlFile('core/enrichment/sql/media-settings.sql'),
    tenantId,
    channelId,
  );
  return rows.map(({ settings }) => settings);
}

export interface MediaSettingsView {
  /** What holds, for every kind. */
  effective: Record<MediaType, MediaTypeSettings>;
  /** What was set on this very level. */
  own: MediaOverrides;
}

export async function readMediaSettings(
  tx: Tx,
  tenantId: string,
  channelId: string | null,
): Promise<MediaSettingsView> {
  const [levels, own] = [
    await loadMediaLevels(tx, tenantId, channelId),
    await tx.mediaSettings.findFirst({ where: { tenantId, channelId }, select: { settings: true } }),
  ];
  const effective = MEDIA_TYPES.map((type) => [type, resolveMediaSettings(type, levels)]);
  return {
    effective: Object.fromEntries(effective) as MediaSettingsView['effective'],
    own: (own?.settings ?? {}) as MediaOverrides,
  };
}

/** A change of one kind: null takes a setting back, so that the level above holds again. */
export type MediaTypeChange = { [Setting in keyof MediaTypeSettings]?: MediaTypeSettings[Setting] | null };
export type MediaSettingsChange = Partial<Record<MediaType, MediaTypeChange>>;

/** Merges a change into what was set on this level. The caller has checked chains and channel. */
export async function changeMediaSettings(
  tx: Tx,
  tenantId: string,
  { channelId, change }: { channelId: string | null; change: MediaSettingsChange },
): Promise<MediaSettingsView> {
  // Two changes at once would each write without the other's.
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`media-settings:${tenantId}`}, 0))`;
  const { own } = await readMediaSettings(tx, tenantId, channelId);
  await tx.$executeRawUnsafe(
    sqlFile('core/enrichment/sql/save-media-settings.sql'),
    newId(),
    tenantId,
    channelId,
    JSON.stringify(merge(own, change)),
  );
  return readMediaSettings(tx, tenantId, channelId);
}

function merge(own: MediaOverrides, change: MediaSettingsChange): MediaOverrides {
  const merged: MediaOverrides = {};
  for (const type of MEDIA_TYPES) {
    const kept = Object.entries({ ...own[type], ...change[type] }).filter(([, value]) => value !== null);
    if (kept.length > 0) merged[type] = Object.fromEntries(kept);
  }
  return merged;
}
