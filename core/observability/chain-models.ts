import { modelsOfAgents } from '../agents/team/chain-models';
import type { Database } from '../database';
import { modelsOfMedia } from '../enrichment/chain-models';
import type { ConfiguredModel } from '../providers/models';

/**
 * The models that chains of projects, channels and agents name beside those of the process, each once. For the checks of the
 * doctor and at start: one that its provider withdrew shows nowhere else before a medium or a customer meets it.
 */
export async function chainModels(db: Database): Promise<ConfiguredModel[]> {
  const projects = await db.withSystem((tx) => tx.project.findMany({ select: { id: true }, orderBy: { id: 'asc' } }));
  const models = new Map<string, ConfiguredModel>();
  for (const { id } of projects) {
    const named = await db.withTenant(id, async (tx) => [
      ...(await modelsOfMedia(tx, id)),
      ...(await modelsOfAgents(tx, id)),
    ]);
    for (const model of named) models.set(`${model.kind} ${model.name} ${model.model}`, model);
  }
  return [...models.values()];
}
