import { analyzeSentiment } from './analyze-sentiment';
import { checkSystemStatus } from './check-system-status';
import { createTicket } from './create-ticket';
import { escalateTicket } from './escalate-ticket';
import { escalateToEngineering } from './escalate-to-engineering';
import { getErrorLogs } from './get-error-logs';

export const SUPPORT_TOOLS = [
  analyzeSentiment,
  checkSystemStatus,
  getErrorLogs,
  createTicket,
  escalateTicket,
  escalateToEngineering,
];
