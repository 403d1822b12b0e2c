import { createAgentActivities } from '../activities/agent';
import { createAgentRunActivities } from '../activities/agent-run';
import { createConversationActivities } from '../activities/conversation';
import { createEnrichmentActivities } from '../activities/enrichment';
import { createFollowUpActivities } from '../activities/follow-up';
import { createForgettingActivities } from '../activities/forgetting';
import { createHistoryImportActivities } from '../activities/history-import';
import { createKnowledgeActivities } from '../activities/knowledge';
import { createMemoryActivities } from '../activities/memory';
import { createPeopleActivities } from '../activities/people';
import { createGraphProjectionActivities } from '../activities/graph-projection';
import { createReembeddingActivities } from '../activities/reembedding';
import { createReplayActivities } from '../activities/replay';
import { createSendingActivities } from '../activities/sending';
import { createToolActivities } from '../activities/tools';
import { QUEUES, type QueueName } from '../workflows/shared/queues';
import type { WorkerDeps } from './deps';

/** Every activity on the queue whose workers serve it. One that is missing here is never run. */
export function activitiesByQueue(deps: WorkerDeps): Record<QueueName, object> {
  const enrichment = createEnrichmentActivities(deps);
  const conversation = createConversationActivities(deps);
  const agent = createAgentActivities(deps);
  const agentRun = createAgentRunActivities(deps);
  const memory = createMemoryActivities(deps);
  const historyImport = createHistoryImportActivities(deps);
  const forgetting = createForgettingActivities(deps);
  const reembedding = createReembeddingActivities(deps);
  const projection = createGraphProjectionActivities(deps);
  const knowledge = createKnowledgeActivities(deps);
  const replay = createReplayActivities(deps);
  const sending = createSendingActivities(deps);
  return {
    [QUEUES.workflows]: {
      ...conversation,
      ...createPeopleActivities(deps),
      planEnrichment: enrichment.planEnrichment,
      composeSound: enrichment.composeSound,
      composeVideo: enrichment.composeVideo,
      failEnrichment: enrichment.failEnrichment,
      deferEnrichment: enrichment.deferEnrichment,
      prepareTurn: agent.prepareTurn,
      recallMemory: agent.recallMemory,
      settleIntent: agent.settleIntent,
      recordToolFailure: agent.recordToolFailure,
      recordRecallFailure: agent.recordRecallFailure,
      refuseCalls: agent.refuseCalls,
      requestApprovals: agent.requestApprovals,
      settleApproval: agent.settleApproval,
      resolveApproval: agent.resolveApproval,
      handOver: agent.handOver,
      writeReply: agent.writeReply,
      prepareAgentRun: agentRun.prepareAgentRun,
      recordAgentCallFailure: agentRun.recordAgentCallFailure,
      finishAgentRun: agentRun.finishAgentRun,
      ...createToolActivities(deps, 'database'),
      planFacts: memory.planFacts,
      planSummary: memory.planSummary,
      failMessage: sending.failMessage,
      settleUnknown: sending.settleUnknown,
      finishImport: historyImport.finishImport,
      nextFactBatch: historyImport.nextFactBatch,
      countFacts: historyImport.countFacts,
      endErasure: forgetting.endErasure,
      finishDocument: knowledge.finishDocument,
      switchModel: reembedding.switchModel,
      dropOldVectors: reembedding.dropOldVectors,
      endReembedding: reembedding.endReembedding,
      endProjection: projection.endProjection,
      ...createFollowUpActivities(deps),
      planReplay: replay.planReplay,
      failCall: replay.failCall,
      finishReplay: replay.finishReplay,
      failReplay: replay.failReplay,
      takeTurns: replay.takeTurns,
      endBatch: replay.endBatch,
    },
    [QUEUES.vision]: { describeImage: enrichment.describeImage },
    [QUEUES.speechGroq]: { transcribe: enrichment.transcribe },
    [QUEUES.speechOpenai]: { transcribe: enrichment.transcribe },
    [QUEUES.documents]: {
      parseDocument: enrichment.parseDocument,
      cancelDocument: enrichment.cancelDocument,
    },
    [QUEUES.language]: {
      callModel: agent.callModel,
      askRunModel: agentRun.askRunModel,
      refineIntent: agent.refineIntent,
      voteIntent: agent.voteIntent,
      askModelAgain: replay.askModelAgain,
      extractFacts: memory.extractFacts,
      summarizeSession: memory.summarizeSession,
    },
    [QUEUES.embeddings]: {
      embedMessages: memory.embedMessages,
      embedFacts: memory.embedFacts,
      embedSummary: memory.embedSummary,
      embedNote: memory.embedNote,
    },
    [QUEUES.recall]: {
      recallMemory: agent.recallMemory,
      ...createToolActivities(deps, 'search'),
      rehearseCall: replay.rehearseCall,
    },
    [QUEUES.media]: { cutSound: enrichment.cutSound, extractVideo: enrichment.extractVideo },
    [QUEUES.bulk]: {
      storeImportedFile: historyImport.storeImportedFile,
      storeImportedChats: historyImport.storeImportedChats,
      embedImported: historyImport.embedImported,
      reembedNext: reembedding.reembedNext,
      projectNext: projection.projectNext,
      embedDocument: knowledge.embedDocument,
      quiesceContact: forgetting.quiesceContact,
      eraseContact: forgetting.eraseContact,
      removeMediaFiles: forgetting.removeMediaFiles,
      removeHistories: forgetting.removeHistories,
    },
    [QUEUES.channel]: {
      fetchMedia: enrichment.fetchMedia,
      sendMessage: sending.sendMessage,
      showTyping: sending.showTyping,
    },
  };
}
