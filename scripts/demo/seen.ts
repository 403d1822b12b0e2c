import type { CostSummary, DecisionRecord, Enrichment, Fact, MemorySearch, Message } from './api';
import type { CustomerMessage } from './conversation';
import type { SentMessage } from './simulated-whatsapp';
import type { ListedWorkflow } from './workflow-list';

/** A message of the customer and what became of it. */
export interface SentByCustomer {
  message: CustomerMessage;
  /** WhatsApp's id. */
  externalId: string;
  stored: Message | undefined;
  enrichment: Enrichment | undefined;
  /** The first turn that finished after it. */
  decision: DecisionRecord | undefined;
}

/** Everything the demo saw happen, gathered while it happens, so that a broken-off run can still be told. */
export interface Seen {
  customer: SentByCustomer[];
  decisions: DecisionRecord[];
  /** All messages of the tenant, oldest first. */
  messages: Message[];
  facts: Fact[];
  searches: { query: string; found: MemorySearch }[];
  /** What reached the customer. */
  delivered: SentMessage[];
  workflows: ListedWorkflow[];
  costs: CostSummary[];
}

export function nothingSeen(): Seen {
  return {
    customer: [],
    decisions: [],
    messages: [],
    facts: [],
    searches: [],
    delivered: [],
    workflows: [],
    costs: [],
  };
}

/** Whether WhatsApp's id, which carries chat and direction, is that of a stored message, which has the bare one. */
export function isSameMessage(externalId: string, { channel_message_id: bare }: Message): boolean {
  return bare !== null && (externalId === bare || externalId.split('_').includes(bare));
}

/** The messages a turn wrote. */
export function repliesOf(seen: Seen, decision: DecisionRecord): Message[] {
  return seen.messages.filter(({ from_me, group_id }) => from_me && group_id === decision.group_id);
}
