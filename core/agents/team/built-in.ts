import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../project-root';
import { BUILT_IN_AGENTS, LANGUAGES, type AgentProfile, type BuiltInAgent, type MemoryScope } from './types';

/** Domain reference, section 4: what each scope looks back at. */
const SCOPES = {
  sales: { daysBack: 30, messages: 20, topK: 5, factTypes: ['budget', 'preference', 'goal'] },
  retention: { daysBack: 90, messages: 50, topK: 10, factTypes: ['objection', 'pain_point', 'constraint'] },
  technical: { daysBack: 7, messages: 30, topK: 3, factTypes: ['technical_issue', 'environment_info'] },
  all: { daysBack: 14, messages: 30, topK: 6, factTypes: [] },
} as const satisfies Record<string, MemoryScope>;

/** Reading, what the company wrote too, and asking for a person: whoever talks to a customer may do that. */
const EVERY_CUSTOMER_AGENT = [
  'search_memory',
  'get_contact_facts',
  'search_knowledge_base',
  'escalate_to_human',
] as const;

type Defaults = Omit<AgentProfile, 'instructions' | 'modelChain' | 'languages'>;

/** Temperatures, tokens and tools: domain reference, section 5. Each `.md` beside this file is what the agent is told. */
const PROFILES: Record<BuiltInAgent, Defaults> = {
  coordinator: {
    temperature: 0.2,
    maxOutputTokens: 512,
    tools: [],
    memoryScope: SCOPES.all,
    memoryStrategy: 'hybrid',
    priority: 100,
    intents: [],
    audience: 'customer',
  },
  sales_prospecting: {
    temperature: 0.8,
    maxOutputTokens: 1024,
    tools: [
      ...EVERY_CUSTOMER_AGENT,
      'update_contact',
      'qualify_lead',
      'update_pipeline_stage',
      'calculate_lead_score',
      'create_follow_up_task',
    ],
    memoryScope: SCOPES.sales,
    memoryStrategy: 'sales_prospecting',
    priority: 60,
    intents: ['sales_prospecting'],
    audience: 'customer',
  },
  retention_churn: {
    temperature: 0.7,
    maxOutputTokens: 2048,
    tools: [
      ...EVERY_CUSTOMER_AGENT,
      'analyze_sentiment',
      'predict_churn_risk',
      'get_past_offers',
      'create_retention_offer',
      'escalate_to_supervisor',
      'create_note',
    ],
    memoryScope: SCOPES.retention,
    memoryStrategy: 'retention_churn',
    priority: 80,
    intents: ['retention_churn'],
    audience: 'customer',
  },
  support_technical: {
    temperature: 0.5,
    maxOutputTokens: 2048,
    tools: [
      ...EVERY_CUSTOMER_AGENT,
      'get_document_chunks',
      'search_documents',
      'get_document',
      'summarize_document',
      'check_system_status',
      'create_note',
      'create_ticket',
      'escalate_ticket',
      'escalate_to_engineering',
    ],
    memoryScope: SCOPES.technical,
    memoryStrategy: 'support_technical',
    priority: 60,
    intents: ['support_technical'],
    audience: 'customer',
  },
  support_billing: {
    temperature: 0.3,
    maxOutputTokens: 1024,
    tools: [
      ...EVERY_CUSTOMER_AGENT,
      'search_documents',
      'get_document',
      'summarize_document',
      'update_contact',
      'create_note',
    ],
    memoryScope: SCOPES.all,
    memoryStrategy: 'support_billing',
    priority: 60,
    intents: ['support_billing'],
    audience: 'customer',
  },
  balanced: {
    temperature: 0.7,
    maxOutputTokens: 1024,
    tools: [...EVERY_CUSTOMER_AGENT, 'update_contact'],
    memoryScope: SCOPES.all,
    memoryStrategy: 'hybrid',
    priority: 40,
    intents: ['general'],
    audience: 'customer',
  },
  sdr: {
    temperature: 0.7,
    maxOutputTokens: 2048,
    tools: [
      'search_memory',
      'get_contact_profile',
      'get_contact_facts',
      'qualify_lead',
      'update_pipeline_stage',
      'calculate_lead_score',
      'assign_to_agent',
      'create_follow_up_task',
      'get_agents',
      'get_agent_stats',
      'get_pipelines',
    ],
    memoryScope: SCOPES.sales,
    memoryStrategy: 'sales_prospecting',
    priority: 50,
    intents: [],
    audience: 'staff',
  },
  bi_manager: {
    temperature: 0.3,
    maxOutputTokens: 4096,
    tools: [
      'get_leads_count',
      'get_conversion_rate',
      'get_agent_stats',
      'get_top_agent',
      'predict_churn_risk',
      'analyze_document_trends',
      'format_table',
      'format_chart_config',
      'ask_agent_analyzer',
    ],
    memoryScope: SCOPES.all,
    memoryStrategy: 'balanced',
    priority: 50,
    intents: [],
    audience: 'staff',
  },
  agent_analyzer: {
    temperature: 0.2,
    maxOutputTokens: 4096,
    tools: [
      'get_agents',
      'analyze_agent_messages',
      'compare_agents',
      'audit_agent_responses',
      'get_agent_knowledge_gaps',
      'suggest_agent_improvements',
      'aggregate_scores',
      'generate_recommendations',
    ],
    memoryScope: SCOPES.all,
    memoryStrategy: 'balanced',
    priority: 50,
    intents: [],
    audience: 'staff',
  },
};

const NAMES: Record<BuiltInAgent, string> = {
  coordinator: 'Coordenador',
  sales_prospecting: 'Vendas',
  retention_churn: 'Retenção',
  support_technical: 'Suporte técnico',
  support_billing: 'Financeiro',
  balanced: 'Assistente geral',
  sdr: 'SDR',
  bi_manager: 'Gestor de BI',
  agent_analyzer: 'Analista de agentes',
};

const READ = new Map<string, AgentProfile>(
  BUILT_IN_AGENTS.map((key) => [
    key,
    { instructions: readInstructions(key), modelChain: [], languages: LANGUAGES, ...PROFILES[key] },
  ]),
);

function readInstructions(key: BuiltInAgent): string {
  return readFileSync(path.join(projectRoot(), 'core/agents/team/instructions', `${key}.md`), 'utf8').trim();
}

/** The profile that comes with the product; undefined for an agent that a tenant made. */
export function builtInProfile(key: string): AgentProfile | undefined {
  return READ.get(key);
}

/** As people read it. */
export function builtInName(key: BuiltInAgent): string {
  return NAMES[key];
}
