import { assignAgentToSession } from './assign-agent-to-session';
import { assignToAgent } from './assign-to-agent';
import { escalateToHuman } from './escalate-to-human';
import { escalateToSupervisor } from './escalate-to-supervisor';

export const PEOPLE_TOOLS = [escalateToHuman, escalateToSupervisor, assignToAgent, assignAgentToSession];
