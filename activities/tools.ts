import { runToolOfRun } from '../core/agents/runs/run-tool';
import type { RunCallRef } from '../core/agents/runs/types';
import { runTool } from '../core/agents/run-tool';
import type { ToolCallRef } from '../core/agents/types';
import { allTools } from '../core/tools/registry';
import type { ToolDeps, ToolLane } from '../core/tools/types';
import { asActivities, currentAttempt } from './support';

/**
 * One activity type a tool, named as the model calls it, so that a turn's history reads as what the agent did. Made from
 * the registry: a tool that is listed there is served.
 */
export function createToolActivities(deps: ToolDeps, lane: ToolLane): ToolActivities {
  const served = allTools().filter((tool) => tool.lane === lane);
  return asActivities(
    Object.fromEntries(
      served.map(({ name }) => [
        name,
        (ref: ToolCallRef | RunCallRef) =>
          'runId' in ref ? runToolOfRun(deps, name, ref, currentAttempt()) : runTool(deps, name, ref, currentAttempt()),
      ]),
    ),
  );
}

export type ToolActivities = Record<string, (ref: ToolCallRef | RunCallRef) => Promise<{ status: string }>>;
