import type { MediumKind } from './conversation';
import type { DemoReport } from './report';
import { isSameMessage, repliesOf, type Seen } from './seen';

export interface Expectations {
  /** Kinds of the messages that were to be sent, in order. */
  kinds: DemoReport['messages'][number]['kind'][];
  turns: number;
  /** Which providers may have read a medium of this kind. */
  readers: Record<MediumKind, string[]>;
  /** Every provider is simulated, so the script decides what is said. */
  isScripted: boolean;
}

/** In the fixture's order, and in no message of the turn that asks for it. */
const ORDER_NUMBER = '1042';
/** Long enough to be this text and no other. */
const SAMPLE_CHARS = 40;

/** Each part of the demo that did not really happen, one sentence each. Empty: all of it did. */
export function missingParts(seen: Seen, report: DemoReport, expected: Expectations): string[] {
  return [
    ...missingMessages(report, expected),
    ...missingMemory(seen, report),
    ...missingReplies(seen, expected),
    ...missingWorkflows(seen, report),
    ...missingMoney(seen, report),
  ];
}

function missingMessages({ messages }: DemoReport, { kinds, readers }: Expectations): string[] {
  const missing: string[] = [];
  const found = messages.map(({ kind }) => kind).join(', ');
  if (found !== kinds.join(', ')) missing.push(`messages: sent ${found || 'none'} instead of ${kinds.join(', ')}`);
  for (const { kind, messageId, workflowId, status, provider, text } of messages) {
    if (!messageId) missing.push(`${kind}: the message was not stored`);
    if (!workflowId) missing.push(`${kind}: no workflow took it`);
    if (status !== 'completed') missing.push(`${kind}: its workflow is ${status} instead of completed`);
    if (!text.trim()) missing.push(`${kind}: there is no text`);
    if (kind === 'text') continue;
    const by = provider?.split('+') ?? [];
    if (by.length === 0 || !by.every((name) => readers[kind].includes(name))) {
      missing.push(`${kind}: read by ${provider ?? 'nobody'} instead of ${readers[kind].join(' or ')}`);
    }
  }
  return missing;
}

function missingMemory(seen: Seen, { messages, facts }: DemoReport): string[] {
  const missing: string[] = [];
  const ids = new Set(messages.map(({ messageId }) => messageId));
  if (!facts.some(({ sourceMessageId }) => ids.has(sourceMessageId)))
    missing.push('facts: none from this conversation');
  const found = seen.searches.flatMap(({ found: { results } }) => results);
  if (seen.searches.length === 0 || seen.searches.some(({ found: { results } }) => results.length === 0))
    missing.push('memory: a search found nothing');
  const media = messages.filter(({ kind, text }) => kind !== 'text' && text.trim());
  const isOfMedium = ({ source_id, content }: (typeof found)[number]) =>
    media.some(({ messageId, text }) => messageId === source_id && content.includes(text.slice(0, SAMPLE_CHARS)));
  if (!found.some(isOfMedium)) missing.push('memory: no hit is the text of a medium');
  return missing;
}

function missingReplies(seen: Seen, { turns, isScripted }: Expectations): string[] {
  const missing: string[] = [];
  const { decisions, delivered, messages } = seen;
  // A real provider may be slow enough for a medium to get a turn of its own afterwards.
  if (isScripted ? decisions.length !== turns : decisions.length < turns)
    missing.push(`replies: ${decisions.length} decision records for ${turns} turns`);
  for (const [index, decision] of decisions.entries()) {
    const turn = `turn ${index + 1}`;
    if (!decision.run_id || !decision.workflow_id) missing.push(`${turn}: its record names no workflow run`);
    if (!decision.model)
      missing.push(`${turn}: no language model answered (${decision.outcome_reason ?? 'no reason'})`);
    const replies = repliesOf(seen, decision);
    if (replies.length !== 1) missing.push(`${turn}: ${replies.length} replies instead of one (${decision.outcome})`);
    for (const reply of replies) {
      const arrivals = delivered.filter(({ messageId }) => isSameMessage(messageId, reply)).length;
      if (arrivals !== 1) missing.push(`${turn}: its reply reached WhatsApp ${arrivals} times`);
    }
  }
  const written = messages.filter(({ from_me }) => from_me).length;
  if (written !== decisions.length) missing.push(`replies: ${written} messages of the shop, ${decisions.length} turns`);
  if (delivered.length !== decisions.length)
    missing.push(`replies: ${delivered.length} messages reached WhatsApp, ${decisions.length} turns`);
  const last = decisions.at(-1);
  if (isScripted && last && !repliesOf(seen, last).some(({ text }) => text?.includes(ORDER_NUMBER)))
    missing.push(`memory: the last answer does not have the order number ${ORDER_NUMBER}`);
  return missing;
}

function missingWorkflows({ workflows, decisions }: Seen, { messages }: DemoReport): string[] {
  const missing: string[] = [];
  const count = (type: string) => workflows.filter((workflow) => workflow.type === type).length;
  const media = messages.filter(({ kind }) => kind !== 'text').length;
  const wanted: [string, number][] = [
    ['conversationWorkflow', 1],
    ['enrichmentWorkflow', media],
    ['turnWorkflow', decisions.length],
    ['embedMessagesWorkflow', decisions.length],
    ['extractFactsWorkflow', decisions.length],
    ['sendingWorkflow', decisions.length],
  ];
  for (const [type, number] of wanted) {
    if (count(type) < number) missing.push(`workflows: ${count(type)} of type ${type} instead of ${number}`);
  }
  for (const { type, workflowId, status } of workflows) {
    const healthy = type === 'conversationWorkflow' ? 'RUNNING' : 'COMPLETED';
    if (status !== healthy) missing.push(`workflows: ${workflowId} is ${status} instead of ${healthy}`);
  }
  return missing;
}

function missingMoney({ costs }: Seen, { messages, replies }: DemoReport): string[] {
  const missing: string[] = [];
  const [first] = costs;
  if (!first) return ['costs: the ledger was not read'];
  const { settled_micros: total, reserved_micros: reserved } = first.total;
  if (total <= 0) missing.push('costs: nothing was charged');
  if (reserved !== 0) missing.push(`costs: ${reserved} micro-dollars are still reserved`);
  for (const { data } of costs) {
    const sum = data.reduce((amount, { settled_micros }) => amount + settled_micros, 0);
    if (sum !== total) missing.push(`costs: the parts add up to ${sum}, the total is ${total} micro-dollars`);
  }
  const seenParts = [...messages, ...replies].reduce((amount, { costMicros }) => amount + costMicros, 0);
  if (seenParts <= 0 || seenParts > total)
    missing.push(`costs: media and answers say ${seenParts}, the ledger ${total} micro-dollars`);
  return missing;
}
