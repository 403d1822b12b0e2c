import type { ApiDeps } from '../deps';
import { agentRoutes } from './agents';
import { agentRunRoutes } from './agent-runs';
import { agentStatsRoutes } from './agent-stats';
import { apiKeyRoutes } from './api-keys';
import { approvalRoutes } from './approvals';
import { authRoutes } from './auth';
import { budgetRoutes } from './budgets';
import { channelRoutes } from './channels';
import { chatRoutes } from './chats';
import { confirmDeliveryRoutes } from './confirm-delivery';
import { contactEventRoutes } from './contact-events';
import { contactListRoutes } from './contact-lists';
import { contactRoutes } from './contacts';
import { conversationRoutes } from './conversations';
import { costRoutes } from './costs';
import { customFieldRoutes } from './custom-fields';
import { deadLetterRoutes } from './dead-letters';
import { decisionRecordRoutes } from './decision-records';
import { domainEventRoutes } from './domain-events';
import { embeddingRoutes } from './embeddings';
import { enrichmentRoutes } from './enrichments';
import { followUpRoutes } from './follow-ups';
import { forgettingRoutes } from './forgetting';
import { graphRoutes } from './graph';
import { healthRoutes } from './health';
import { mediaSettingsRoutes } from './media-settings';
import { knowledgeRoutes } from './knowledge';
import { reembeddingRoutes } from './reembedding';
import { memoryImportRoutes } from './memory-imports';
import { createEventStreams } from './event-stream';
import { factRoutes } from './facts';
import { memoryRoutes } from './memory';
import { messageGroupRoutes } from './message-groups';
import { messageRoutes } from './messages';
import { noteRoutes } from './notes';
import { notificationRoutes } from './notifications';
import { peopleSettingsRoutes } from './people-settings';
import { projectMemberRoutes } from './project-members';
import { virtualAgentRoutes } from './virtual-agents';
import { createPaging } from './paging';
import { providerRoutes } from './providers';
import { pipelineRoutes } from './pipelines';
import { retentionOfferRoutes } from './retention-offers';
import type { Route } from './route';
import { replayRoutes } from './replays';
import { sendMessageRoutes } from './send-message';
import { sessionRoutes } from './sessions';
import { ticketRoutes } from './tickets';
import { toolStreamRoutes } from './tool-stream';
import { toolRoutes } from './tools';

/** Every route but the channel webhooks, the document and the metrics. */
export function allRoutes(deps: ApiDeps): Route[] {
  const edge = { ...deps, paging: createPaging(deps.config.ENCRYPTION_KEY), streams: createEventStreams(deps) };
  return [
    ...authRoutes(edge),
    ...apiKeyRoutes(edge),
    ...projectMemberRoutes(edge),
    ...agentRoutes(edge),
    ...virtualAgentRoutes(edge),
    ...agentRunRoutes(edge),
    ...agentStatsRoutes(edge),
    ...channelRoutes(edge),
    ...contactRoutes(edge),
    ...customFieldRoutes(edge),
    ...contactEventRoutes(edge),
    ...domainEventRoutes(edge),
    ...contactListRoutes(edge),
    ...noteRoutes(edge),
    ...ticketRoutes(edge),
    ...followUpRoutes(edge),
    ...retentionOfferRoutes(edge),
    ...pipelineRoutes(edge),
    ...sessionRoutes(edge),
    ...messageRoutes(edge),
    ...messageGroupRoutes(edge),
    ...sendMessageRoutes(edge),
    ...confirmDeliveryRoutes(edge),
    ...chatRoutes(edge),
    ...enrichmentRoutes(edge),
    ...mediaSettingsRoutes(edge),
    ...memoryRoutes(edge),
    ...embeddingRoutes(edge),
    ...graphRoutes(edge),
    ...factRoutes(edge),
    ...knowledgeRoutes(edge),
    ...memoryImportRoutes(edge),
    ...reembeddingRoutes(edge),
    ...forgettingRoutes(edge),
    ...conversationRoutes(edge),
    ...notificationRoutes(edge),
    ...peopleSettingsRoutes(edge),
    ...decisionRecordRoutes(edge),
    ...replayRoutes(edge),
    ...approvalRoutes(edge),
    ...costRoutes(edge),
    ...providerRoutes(edge),
    ...budgetRoutes(edge),
    ...deadLetterRoutes(edge),
    ...toolRoutes(edge),
    ...toolStreamRoutes(edge),
    ...healthRoutes(edge),
  ];
}
