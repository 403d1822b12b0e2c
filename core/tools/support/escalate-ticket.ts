import { escalationTool } from './escalation-tool';

export const escalateTicket = escalationTool({
  name: 'escalate_ticket',
  description: 'Passa um chamado deste contato para a supervisão, quando o atendimento não resolve.',
  level: 'supervisor',
  example: { says: 'Já é a terceira vez que reclamo disso', reason: 'Terceira reclamação' },
});
