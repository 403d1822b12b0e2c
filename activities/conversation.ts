import { endIdleSession } from '../core/conversation/sessions';
import { failTurn, interruptTurn, openTurn, type OpenTurnRequest } from '../core/conversation/turns';
import type { Database } from '../core/database';
import { asActivities } from './support';

export function createConversationActivities({ db }: { db: Database }) {
  return asActivities({
    openTurn: (request: OpenTurnRequest) => openTurn(db, request),
    failTurn: (turn: { tenantId: string; turnId: string }) => failTurn(db, turn),
    interruptTurn: (turn: { tenantId: string; turnId: string }) => interruptTurn(db, turn),
    endSession: (session: { tenantId: string; sessionId: string; timeoutMs: number }) => endIdleSession(db, session),
  });
}

export type ConversationActivities = ReturnType<typeof createConversationActivities>;
