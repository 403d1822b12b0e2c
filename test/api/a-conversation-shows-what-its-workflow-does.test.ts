import assert from 'node:assert/strict';
import type { ConversationMessage } from '../../core/conversation/types';
import { newId } from '../../core/ids';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { messageReceived } from '../../workflows/conversation/messages';
import { startTestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { testNamespace, testTemporalAddress, withWorker } from '../support/temporal';
import { newThread } from './fixtures';

describe('a conversation shows what its workflow does', () => {
  it('null while there is none, then its pending messages and session', async () => {
    const api = await startTestApi({ TEMPORAL_ADDRESS: testTemporalAddress(), TEMPORAL_NAMESPACE: testNamespace() });
    try {
      const { tenantId, apiKey: key } = await newTenant(api.deps.db);
      const { conversationId, sessionId, channelId, contactId } = await newThread(api.deps.db, tenantId);
      const read = () => api.request('GET', `/api/v1/conversations/${conversationId}`, { key });
      const without = (await read()).body;
      assert.deepEqual([without.workflow, without.degraded], [null, []]);

      const message: ConversationMessage = {
        messageId: newId(),
        sessionId,
        conversationId,
        fromMe: false,
        isGroup: false,
        enrichmentId: null,
        agentsEnabled: true,
        // Longer than the test: it stays pending.
        debounceMs: 200_000,
        sessionTimeoutMs: 60_000,
        mediaWaitMs: 0,
      };
      await withWorker({}, async ({ client, taskQueue }) => {
        const handle = await client.workflow.signalWithStart('conversationWorkflow', {
          workflowId: conversationWorkflowId({ tenantId, channelId, contactId }),
          taskQueue,
          args: [{ tenantId, channelId, contactId }],
          signal: messageReceived,
          signalArgs: [message],
        });
        const { status, body } = await read();
        assert.deepEqual([status, body.degraded], [200, []]);
        assert.deepEqual(body.workflow, {
          pending_message_ids: [message.messageId],
          unread_message_ids: [],
          running_turn_id: null,
          session_id: sessionId,
          handler: 'ai',
          turns_done: 0,
        });
        await handle.terminate();
      });
    } finally {
      await api.close();
    }
  });
});
