import type { AgentDeps } from '../core/agents/deps';
import { runTool } from '../core/agents/tools/registry';
import type { ToolCallRef } from '../core/agents/types';
import { asActivities, currentAttempt } from './support';

/** One activity type a tool, named as the model calls it, so that a turn's history reads as what the agent did. */
export function createToolActivities(deps: AgentDeps) {
  return asActivities({
    search_memory: (ref: ToolCallRef) => runTool(deps, 'search_memory', ref, currentAttempt()),
    get_contact_facts: (ref: ToolCallRef) => runTool(deps, 'get_contact_facts', ref, currentAttempt()),
    update_contact: (ref: ToolCallRef) => runTool(deps, 'update_contact', ref, currentAttempt()),
    escalate_to_human: (ref: ToolCallRef) => runTool(deps, 'escalate_to_human', ref, currentAttempt()),
  });
}

export type ToolActivities = ReturnType<typeof createToolActivities>;
