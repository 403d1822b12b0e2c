import { analyzeSentiment } from './analyze-sentiment';
import { checkSystemStatus } from './check-system-status';
import { getErrorLogs } from './get-error-logs';

export const SUPPORT_TOOLS = [analyzeSentiment, checkSystemStatus, getErrorLogs];
