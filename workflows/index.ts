export { conversationWorkflow } from './conversation/workflow';
export { embedMessagesWorkflow } from './embedding/workflow';
export { enrichmentWorkflow } from './enrichment/workflow';
export { extractFactsWorkflow } from './facts/workflow';
export { forgetContactWorkflow } from './forgetting/workflow';
export { historyImportWorkflow } from './history-import/workflow';
export { sendingWorkflow } from './sending/workflow';
export { turnWorkflow } from './turn/workflow';
