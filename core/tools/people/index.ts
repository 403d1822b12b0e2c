import { assignAgentToSession } from './assign-agent-to-session';
import { assignToAgent } from './assign-to-agent';
import { escalateToHuman } from './escalate-to-human';

export const PEOPLE_TOOLS = [escalateToHuman, assignToAgent, assignAgentToSession];
