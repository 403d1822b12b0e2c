import type { Scope } from '../accounts/scopes';
import { inputJsonSchema, outputJsonSchema } from './arguments';
import { allTools } from './registry';
import type { ApprovalRule } from './rules';

/** A tool as operators and programs are shown it. */
export interface ListedTool {
  name: string;
  aliases: readonly string[];
  description: string;
  about: string;
  access: 'read' | 'write';
  scope: Scope;
  cost: 'free' | 'paid';
  isIdempotent: boolean;
  isDestructive: boolean;
  callsPerMinute: number;
  approval: readonly ApprovalRule[];
  inputSchema: Record<string, unknown>;
  outputSchema: Record<string, unknown>;
  examples: readonly { says: string; arguments: Record<string, unknown> }[];
}

/** The tools a key with these scopes may call, in the registry's order. */
export function toolsFor(scopes: readonly Scope[]): ListedTool[] {
  return allTools()
    .filter(({ scope }) => scopes.includes(scope))
    .map((tool) => ({
      name: tool.name,
      aliases: tool.aliases,
      description: tool.description,
      about: tool.about,
      access: tool.access,
      scope: tool.scope,
      cost: tool.cost,
      isIdempotent: tool.access === 'read' || (tool.isIdempotent ?? false),
      isDestructive: tool.isDestructive ?? false,
      callsPerMinute: tool.callsPerMinute,
      approval: tool.approval,
      inputSchema: inputJsonSchema(tool, 'operator'),
      outputSchema: outputJsonSchema(tool),
      examples: tool.examples,
    }));
}
