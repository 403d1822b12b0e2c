/** The tool by which each of the operators' agents is asked. */
export const AGENT_OF_TOOL: Readonly<Record<string, string>> = {
  ask_sdr: 'sdr',
  ask_bi_manager: 'bi_manager',
  ask_agent_analyzer: 'agent_analyzer',
};

/** These choose all their queries before the first of them runs: numbers of one answer belong together. */
export const PLANS_FIRST: readonly string[] = ['bi_manager'];
