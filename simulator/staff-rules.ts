import { shorten } from './shorten';
import { bantIn, MAX_QUERY_CHARS, type Act } from './team-rules';

/** How the product's prompts for agents of the company's own people begin. */
export const isForStaff = (system: string): boolean => /^Você trabalha para a equipe de /.test(system);

interface StaffScene {
  system: string;
  said: string;
  tools: readonly string[];
  called: readonly string[];
  results: readonly string[];
}

const QUERIES: readonly { cue: RegExp; tool: string; arguments: Record<string, unknown> }[] = [
  { cue: /lead/i, tool: 'get_leads_count', arguments: { period: 'month', status: 'all' } },
  { cue: /qualificad|qualified/i, tool: 'get_leads_count', arguments: { period: 'month', status: 'qualified' } },
  {
    cue: /mais r[áa]pid|melhor|top|best/i,
    tool: 'get_top_agent',
    arguments: { metric: 'response_time', period: 'month' },
  },
  {
    cue: /qualidade|atend|quality/i,
    tool: 'ask_agent_analyzer',
    arguments: { question: 'Como foi o atendimento no período?' },
  },
];

/** A believable plan: the queries whose cue the question has, of the tools that the prompt lists. */
export function planFor(said: string, system: string): { queries: object[] } {
  const listed = (tool: string) => system.includes(`\n- ${tool}: `);
  const fitting = QUERIES.filter(({ cue, tool }) => cue.test(said) && listed(tool));
  const first = QUERIES.filter(({ tool }) => listed(tool)).slice(0, 1);
  return {
    queries: (fitting.length > 0 ? fitting : first).map(({ tool, arguments: given }) => ({
      tool,
      arguments_json: JSON.stringify(given),
      why: 'responde à pergunta',
    })),
  };
}

/** What an SDR or analyst does next: reads, qualifies, and ends with what the tools said. */
export function actForStaff({ system, said, tools, called, results }: StaffScene): Act {
  const may = (tool: string) => tools.includes(tool) && !called.includes(tool);
  if (/qualifica leads/i.test(system)) {
    if (may('search_memory')) return { tool: 'search_memory', arguments: { query: said.slice(0, MAX_QUERY_CHARS) } };
    const bant = bantIn(results.join('\n'));
    if (may('qualify_lead')) return { tool: 'qualify_lead', arguments: { bant } };
  }
  if (may('audit_agent_responses')) return { tool: 'audit_agent_responses', arguments: {} };
  if (results.length === 0) return { text: 'Não tenho números para responder a isso.' };
  return { text: `Segundo as ferramentas: ${results.map((result) => shorten(result, 200)).join(' | ')}` };
}
