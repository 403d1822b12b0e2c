import type { Database } from '../database';
import type { ConfiguredModel } from '../providers/models';
import { providersOf } from '../providers/requirements';
import { providerKindOf, splitChainEntry, type MediaOverrides, type MediaType } from './media-settings';

/**
 * The models that chains of projects and channels name beside those of the process, each once. For the checks of the doctor
 * and at start: one that its provider withdrew shows nowhere else before a medium meets it.
 */
export async function chainModels(db: Database): Promise<ConfiguredModel[]> {
  const projects = await db.withSystem((tx) => tx.project.findMany({ select: { id: true }, orderBy: { id: 'asc' } }));
  const models = new Map<string, ConfiguredModel>();
  for (const { id } of projects) {
    const rows = await db.withTenant(id, (tx) => tx.mediaSettings.findMany({ select: { settings: true } }));
    for (const model of rows.flatMap(({ settings }) => modelsIn(settings as MediaOverrides))) {
      models.set(`${model.kind} ${model.name} ${model.model}`, model);
    }
  }
  return [...models.values()];
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
