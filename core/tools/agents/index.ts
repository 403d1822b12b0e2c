import { askAgentTool } from './ask-agent';
import { getAgentRun } from './get-agent-run';

export const AGENT_TOOLS = [
  askAgentTool({
    name: 'ask_sdr',
    description: 'Pede ao SDR que qualifique este contato: nota, pontos de cada parte e próximo passo.',
    about: 'contact',
    scope: 'contacts.manage',
    says: 'Qualifica esse lead para mim?',
  }),
  askAgentTool({
    name: 'ask_bi_manager',
    description: 'Pergunta ao gestor de BI: números de leads, conversão, agentes e risco de perda, com período e base.',
    about: 'any_contact',
    scope: 'analytics.view',
    says: 'Quantos leads qualificados tivemos no mês e quem mais converteu?',
  }),
  askAgentTool({
    name: 'ask_agent_analyzer',
    description: 'Pede uma avaliação de como pessoas e agentes de IA atendem, com amostra e recomendações.',
    about: 'any_contact',
    scope: 'analytics.view',
    says: 'Como foi o atendimento da equipe nesta semana?',
  }),
  getAgentRun,
];
