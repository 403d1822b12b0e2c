import type { Tx } from '../../database';
import { splitChainEntry } from '../../enrichment/media-settings';
import type { ConfiguredModel } from '../../providers/models';
import { providersOf } from '../../providers/requirements';
import type { AgentProfile } from './types';

/** The models that agents of a project name beside those of the process: agents that are switched on, by their active version. */
export async function modelsOfAgents(tx: Tx, tenantId: string): Promise<ConfiguredModel[]> {
  const agents = await tx.agent.findMany({
    where: { tenantId, type: 'ai', isActive: true, deletedAt: null },
    select: { id: true },
  });
  const versions = await tx.agentVersion.findMany({
    where: { tenantId, isActive: true, agentId: { in: agents.map(({ id }) => id) } },
    select: { profile: true },
  });
  return versions.flatMap(({ profile }) => (profile as unknown as AgentProfile).modelChain.flatMap(modelIn));
}

function modelIn(entry: string): ConfiguredModel[] {
  const { provider, model } = splitChainEntry(entry);
  const name = providersOf('language').find((known) => known === provider);
  if (name === undefined || model === null) return [];
  return [{ kind: 'language', name, model, variable: null, use: 'agent' }];
}
