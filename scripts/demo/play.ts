import { embeddingWorkflowId } from '../../workflows/embedding/ids';
import { factsWorkflowId } from '../../workflows/facts/ids';
import {
  handBack,
  listDecisions,
  listEnrichments,
  listFacts,
  listMessages,
  readCosts,
  searchMemory,
  type DecisionRecord,
  type Message,
} from './api';
import { CONVERSATION, OWN_SEARCHES, type CustomerMessage } from './conversation';
import { isSameMessage, repliesOf, type Seen, type SentByCustomer } from './seen';
import type { Stage } from './stage';
import type { Narrator } from './narrator';
import { until } from './wait';

/** Each far above what the step takes, so that a healthy run never meets them. */
const LIMITS = { mediaMs: 60_000, turnMs: 45_000, sendMs: 20_000, memoryMs: 30_000, settleMs: 20_000 };
/** As of a message that is still on its way. */
const UNSENT = new Set(['queued', 'sending']);
const CONVERSATION_WORKFLOW = 'conversationWorkflow';

interface Play {
  stage: Stage;
  seen: Seen;
  tell: Narrator;
  signal: AbortSignal;
}

/**
 * Plays the whole conversation and watches it through the public API. What it sees is in `seen` even when it throws.
 *
 * @throws AppError TIMEOUT naming what did not come
 */
export async function playConversation(play: Play): Promise<void> {
  for (const [index, messages] of CONVERSATION.entries()) {
    play.tell.turnBegins(index + 1, CONVERSATION.length);
    await playTurn(play, messages, { isLast: index === CONVERSATION.length - 1 });
  }
  await searchOnOurOwn(play);
  await lookAtTheEnd(play);
}

async function playTurn(play: Play, messages: CustomerMessage[], { isLast }: { isLast: boolean }): Promise<void> {
  const { stage, seen, tell } = play;
  const sent: SentByCustomer[] = [];
  for (const message of messages) {
    const externalId = await stage.whatsapp.send(message);
    const entry = { message, externalId, stored: undefined, enrichment: undefined, decision: undefined };
    sent.push(entry);
    seen.customer.push(entry);
    tell.customerWrote(message);
  }
  await watchMedia(play, sent);
  const decision = await firstDecision(play);
  for (const entry of sent) entry.decision = decision;
  const reply = await sentReply(play, decision);
  tell.decided(decision);
  tell.replied(decision, reply);
  await watchMemory(play, sent, decision);
  if (decision.outcome === 'handed_over' && !isLast && reply) {
    await handBack(stage.api, reply.conversation_id);
    tell.handedBack();
  }
}

async function watchMedia({ stage, seen, tell, signal }: Play, sent: SentByCustomer[]): Promise<void> {
  const isUnread = ({ message, enrichment }: SentByCustomer) =>
    message.kind !== 'text' && enrichment?.status !== 'completed' && enrichment?.status !== 'failed';
  const look = async () => {
    const [stored, enrichments] = await Promise.all([listMessages(stage.api), listEnrichments(stage.api)]);
    seen.messages = stored;
    for (const entry of sent) entry.stored = stored.find((message) => isSameMessage(entry.externalId, message));
    for (const entry of sent.filter(isUnread)) {
      entry.enrichment = enrichments.find(({ message_id }) => message_id !== null && message_id === entry.stored?.id);
      if (entry.enrichment && !isUnread(entry)) tell.mediumRead(entry.message, entry.enrichment);
    }
    return sent.every(({ stored: known }) => known) && !sent.some(isUnread) ? true : undefined;
  };
  const kinds = sent.map(({ message }) => message.kind).join(', ');
  await until(`the text of these messages: ${kinds}`, look, { signal, limitMs: LIMITS.mediaMs });
}

async function firstDecision({ stage, seen, signal }: Play): Promise<DecisionRecord> {
  const look = async () => {
    const fresh = await listDecisions(stage.api, new Set(seen.decisions.map(({ id }) => id)));
    seen.decisions.push(...fresh);
    return fresh[0];
  };
  return until('the decision record of this turn', look, { signal, limitMs: LIMITS.turnMs });
}

/** Undefined when the turn ended without one: that is told at the end, and needs no waiting. */
async function sentReply({ stage, seen, signal }: Play, decision: DecisionRecord): Promise<Message | undefined> {
  if (decision.outcome !== 'replied' && decision.outcome !== 'handed_over') return undefined;
  const look = async () => {
    seen.messages = await listMessages(stage.api);
    return repliesOf(seen, decision).find(({ status }) => !UNSENT.has(status));
  };
  return until('the reply to be sent', look, { signal, limitMs: LIMITS.sendMs });
}

async function watchMemory(
  { stage, seen, tell, signal }: Play,
  sent: SentByCustomer[],
  decision: DecisionRecord,
): Promise<void> {
  const { tenantId } = stage;
  const turnId = decision.group_id;
  const ids = [embeddingWorkflowId({ tenantId, batchId: turnId }), factsWorkflowId({ tenantId, turnId })];
  const look = async () => ((await stage.workflows.haveEnded(ids)) ? true : undefined);
  await until('embedding and fact extraction of this turn', look, { signal, limitMs: LIMITS.memoryMs });
  const contactId = sent[0]?.stored?.contact_id;
  if (!contactId) return;
  const known = new Set(seen.facts.map(({ id }) => id));
  seen.facts = await listFacts(stage.api, contactId);
  tell.remembered(
    ids,
    seen.facts.filter(({ id }) => !known.has(id)),
  );
}

async function searchOnOurOwn({ stage, seen, tell }: Play): Promise<void> {
  const contactId = seen.customer[0]?.stored?.contact_id ?? '';
  tell.searchesBegin();
  for (const query of OWN_SEARCHES) {
    const found = await searchMemory(stage.api, query, contactId);
    seen.searches.push({ query, found });
    tell.searched(query, found);
  }
}

/** Waits until nothing runs any more but the conversation itself, which waits for the customer's next message. */
async function lookAtTheEnd({ stage, seen, signal }: Play): Promise<void> {
  const look = async () => {
    seen.workflows = await stage.workflows.ofTenant(stage.tenantId);
    const running = seen.workflows.filter(({ status }) => status === 'RUNNING');
    return running.every(({ type }) => type === CONVERSATION_WORKFLOW) ? true : undefined;
  };
  await until('every workflow but the conversation to end', look, { signal, limitMs: LIMITS.settleMs });
  seen.decisions.push(...(await listDecisions(stage.api, new Set(seen.decisions.map(({ id }) => id)))));
  seen.messages = await listMessages(stage.api);
  seen.delivered = await stage.whatsapp.delivered();
  seen.costs = await Promise.all([
    readCosts(stage.api, 'provider'),
    readCosts(stage.api, 'model'),
    readCosts(stage.api, 'day'),
  ]);
}
