import { escalationTool } from './escalation-tool';

export const escalateToEngineering = escalationTool({
  name: 'escalate_to_engineering',
  description: 'Passa um chamado deste contato para a engenharia, quando é um defeito do produto.',
  level: 'engineering',
  example: { says: 'Dá erro 500 toda vez que salvo', reason: 'Erro 500 ao salvar, reproduzido' },
});
