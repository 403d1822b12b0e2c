import { endIdleSession } from '../core/conversation/sessions';
import type { Config } from '../core/config';
import {
  failTurn,
  handedBackMessages,
  interruptTurn,
  openTurn,
  type OpenTurnRequest,
} from '../core/conversation/turns';
import type { Database } from '../core/database';
import { asActivities } from './support';

export function createConversationActivities({
  db,
  config: { MEDIA_WAIT_MS: mediaWaitMs },
}: {
  db: Database;
  config: Pick<Config, 'MEDIA_WAIT_MS'>;
}) {
  return asActivities({
    openTurn: (request: OpenTurnRequest) => openTurn(db, request),
    handedBackMessages: (of: { tenantId: string; conversationId: string; handlerVersion: number }) =>
      handedBackMessages(db, of, { mediaWaitMs }),
    failTurn: (turn: { tenantId: string; turnId: string }) => failTurn(db, turn),
    interruptTurn: (turn: { tenantId: string; turnId: string }) => interruptTurn(db, turn),
    endSession: (session: { tenantId: string; sessionId: string; timeoutMs: number }) => endIdleSession(db, session),
  });
}

export type ConversationActivities = ReturnType<typeof createConversationActivities>;
