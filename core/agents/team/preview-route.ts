import { getConversation } from '../../crm/conversations';
import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { isUnsure } from '../intents/decide';
import { firstReading } from '../intents/route-intent';
import type { IntentDecision, RouterName } from '../intents/types';
import { readSignals } from '../policy/signals';
import { turnEscalations } from '../policy/turn-rules';
import type { AppliedRule } from '../policy/types';
import { turnBefore } from '../turn-context';
import { customerLanguage } from './language';
import { loadTeam } from './load';
import { routeTurn, type Route } from './route';

export interface RoutePreview {
  decision: IntentDecision;
  /** A turn would ask the other configured routers, which cost money. */
  isUnsure: boolean;
  route: Route;
  /** Rules that want a person before the agent says a word. */
  escalations: AppliedRule[];
}

/**
 * Which agent a turn with this text would begin with, by the rules of real turns. Nothing is stored, started or paid for.
 *
 * @param of.conversationId null: a conversation that begins
 * @throws AppError NOT_FOUND (conversation), PRECONDITION_FAILED when every agent that could answer is switched off
 */
export async function previewRoute(
  tx: Tx,
  tenantId: string,
  { text, conversationId, routers }: { text: string; conversationId: string | null; routers: RouterName[] },
): Promise<RoutePreview> {
  const conversation = conversationId ? await requireConversation(tx, tenantId, conversationId) : null;
  // Ids grow with time: of a new one every turn of the session was before.
  const next = { tenantId, turnId: newId() };
  const before = conversation?.sessionId ? await turnBefore(tx, next, conversation.sessionId) : null;
  const decision = await firstReading(text, before, routers);
  const route = routeTurn(await loadTeam(tx, tenantId), decision, before, customerLanguage([text]));
  if (!route) throw new AppError('PRECONDITION_FAILED', 'Every agent that could answer is switched off');
  const signals = await readSignals(tx, tenantId, { contactId: conversation?.contactId ?? null, text });
  return {
    decision,
    isUnsure: isUnsure(decision),
    route,
    escalations: turnEscalations(route.agent.profile, signals),
  };
}

/** With its open session, whose turns count. */
async function requireConversation(
  tx: Tx,
  tenantId: string,
  conversationId: string,
): Promise<{ contactId: string; sessionId: string | null }> {
  const { contactId } = await getConversation(tx, tenantId, conversationId);
  const session = await tx.session.findFirst({
    where: { tenantId, conversationId, status: 'active', deletedAt: null },
    orderBy: { id: 'desc' },
    select: { id: true },
  });
  return { contactId, sessionId: session?.id ?? null };
}
