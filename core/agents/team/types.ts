import type { FactType } from '../../memory/facts/types';
import type { SearchStrategy } from '../../memory/types';
import type { Intent } from '../intents/types';

/** The agents that come with the product. */
export const BUILT_IN_AGENTS = [
  'coordinator',
  'sales_prospecting',
  'retention_churn',
  'support_technical',
  'support_billing',
  'balanced',
  'sdr',
  'bi_manager',
  'agent_analyzer',
] as const;
export type BuiltInAgent = (typeof BUILT_IN_AGENTS)[number];

/** Languages the team answers in. The first is the one it takes when a message does not say. */
export const LANGUAGES = ['pt', 'en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What an agent is shown of the past before it answers (domain reference, section 4). */
export interface MemoryScope {
  /** Older memories are looked at only when these days hold none. */
  daysBack: number;
  /** Messages of the conversation before this turn. */
  messages: number;
  topK: number;
  /** Empty: every type. */
  factTypes: readonly FactType[];
}

/** All that makes an agent. A tenant's version holds the whole of it. */
export interface AgentProfile {
  /** What it is told, beside what every agent of the product is told. */
  instructions: string;
  /** Language models in order, as in `LANGUAGE_CHAIN`. Empty: that chain. */
  modelChain: readonly string[];
  temperature: number;
  maxOutputTokens: number;
  /** What it may be offered, if policy agrees. */
  tools: readonly string[];
  memoryScope: MemoryScope;
  memoryStrategy: SearchStrategy;
  /** Its routing: messages of these intents are its own. None: nobody is routed to it. */
  intents: readonly Intent[];
  /** 0 to 100: who goes first when several agents serve an intent. */
  priority: number;
  languages: readonly Language[];
  /** Whom it works for: `staff` agents are asked by operators and may see what a customer may not. */
  audience: 'customer' | 'staff';
}

/** An agent as a turn uses it: its profile, and where that comes from. */
export interface TeamAgent {
  agentId: string;
  key: string;
  /** Null: the profile that comes with the product. */
  versionId: string | null;
  /** 0 for that one. */
  versionNumber: number;
  profile: AgentProfile;
}

export function isBuiltIn(key: string): key is BuiltInAgent {
  return (BUILT_IN_AGENTS as readonly string[]).includes(key);
}
