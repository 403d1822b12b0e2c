import type { Tx } from '../database';
import type { ConfiguredModel } from '../providers/models';
import { providersOf } from '../providers/requirements';
import { providerKindOf, splitChainEntry, type MediaOverrides, type MediaType } from './media-settings';

/** The models that the media settings of a project and its channels name beside those of the process. */
export async function modelsOfMedia(tx: Tx, tenantId: string): Promise<ConfiguredModel[]> {
  const rows = await tx.mediaSettings.findMany({ where: { tenantId }, select: { settings: true } });
  return rows.flatMap(({ settings }) => modelsIn(settings as MediaOverrides));
}

function modelsIn(settings: MediaOverrides): ConfiguredModel[] {
  return Object.entries(settings).flatMap(([type, { chain }]) => {
    const kind = providerKindOf(type as MediaType);
    if (kind === null) return [];
    return (chain ?? []).flatMap((entry) => {
      const { provider, model } = splitChainEntry(entry);
      const name = providersOf(kind).find((known) => known === provider);
      return name === undefined || model === null ? [] : [{ kind, name, model, variable: null, use: 'chain' as const }];
    });
  });
}
