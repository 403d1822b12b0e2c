import type { ToolDefinition } from '../providers/ports';
import { inputJsonSchema } from './arguments';
import { AGENT_TOOLS } from './agents';
import { ANALYTICS_TOOLS } from './analytics';
import { CRM_TOOLS } from './crm';
import { MEMORY_TOOLS } from './memory';
import { PEOPLE_TOOLS } from './people';
import { PURE_TOOLS } from './pure';
import { RETENTION_TOOLS } from './retention';
import { SUPPORT_TOOLS } from './support';
import type { Tool } from './types';

/** Every tool there is, in the order in which they are listed. */
const TOOLS: readonly Tool[] = [
  ...CRM_TOOLS,
  ...MEMORY_TOOLS,
  ...ANALYTICS_TOOLS,
  ...SUPPORT_TOOLS,
  ...RETENTION_TOOLS,
  ...PEOPLE_TOOLS,
  ...PURE_TOOLS,
  ...AGENT_TOOLS,
];

const BY_NAME = new Map<string, Tool>();
for (const tool of TOOLS) {
  for (const name of [tool.name, ...tool.aliases]) {
    if (BY_NAME.has(name)) throw new Error(`two tools are called ${name}`);
    BY_NAME.set(name, tool);
  }
}

export function allTools(): readonly Tool[] {
  return TOOLS;
}

/** The tool of this name or alias. */
export function toolNamed(name: string): Tool | undefined {
  return BY_NAME.get(name);
}

/** Tools as a model is offered them. Names nobody knows (of an older version) are left out. */
export function toolDefinitions(names: readonly string[]): ToolDefinition[] {
  return names.flatMap((name) => {
    const tool = toolNamed(name);
    if (!tool) return [];
    return [{ name: tool.name, description: tool.description, parameters: inputJsonSchema(tool, 'agent') }];
  });
}
