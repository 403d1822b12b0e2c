import { analyzeDocumentTrends } from './analyze-document-trends';
import { analyzeAgentMessages } from './analyze-agent-messages';
import { auditAgentResponses } from './audit-agent-responses';
import { compareAgents } from './compare-agents';
import { getAgentKnowledgeGaps } from './get-agent-knowledge-gaps';
import { getAgentStats } from './get-agent-stats';
import { getConversionRate } from './get-conversion-rate';
import { getLeadsCount } from './get-leads-count';
import { getTopAgent } from './get-top-agent';
import { suggestAgentImprovements } from './suggest-agent-improvements';

export const ANALYTICS_TOOLS = [
  getLeadsCount,
  getConversionRate,
  getAgentStats,
  getTopAgent,
  analyzeAgentMessages,
  compareAgents,
  getAgentKnowledgeGaps,
  suggestAgentImprovements,
  auditAgentResponses,
  analyzeDocumentTrends,
];
