import type { Tx } from '../database';
import { askModel } from './ask-model';
import { buildFactRequest, buildRepairRequest, parseFacts } from './facts/extraction';
import { customerMessages, knownFacts, storeFacts } from './facts/store';
import { FACT_TYPES, type KnownFact } from './facts/types';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';

/** Shown to the model, so that it can say what changed: the latest. What rules decide needs no model. */
const FACTS_SHOWN = 30;

export type FactAnswer = { isValid: true; factIds: string[] } | { isValid: false; problem: string };

interface FactsOf {
  tenantId: string;
  messageIds: string[];
}

/** Which of the messages facts may come from, and who can be asked. */
export async function planFacts(
  deps: MemoryPipelineDeps,
  { tenantId, messageIds }: FactsOf,
): Promise<{ messageIds: string[]; providers: string[] }> {
  const messages = await deps.db.withTenant(tenantId, (tx) => customerMessages(tx, tenantId, { messageIds }));
  return { messageIds: messages.map(({ id }) => id), providers: deps.providers.chains.language };
}

/**
 * Asks one language model for the facts in a customer's messages and stores them. An answer of the wrong form is not
 * thrown: it comes back with what was wrong, so that the caller can ask once more (`problem`).
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN
 */
export async function extractFacts(
  deps: MemoryPipelineDeps,
  { tenantId, messageIds, provider, problem }: FactsOf & { provider: string; problem?: string },
  attempt: MemoryAttempt,
): Promise<FactAnswer> {
  const { messages, known } = await deps.db.withTenant(tenantId, async (tx) => {
    const said = await customerMessages(tx, tenantId, { messageIds });
    return { messages: said, known: said[0] ? await openFacts(tx, tenantId, said[0].contactId) : [] };
  });
  const [first] = messages;
  if (!first) return { isValid: true, factIds: [] };
  const { timezone, contactId, conversationId, language } = first;
  const asked = buildFactRequest(messages, { timezone, known });
  const request = problem === undefined ? asked : buildRepairRequest(asked, problem);
  return askModel<FactAnswer>(
    deps,
    { tenantId, provider, subject: { contactId, conversationId }, request },
    attempt,
    async (tx, { text, model }) => {
      const parsed = parseFacts(text, messages, { timezone, known });
      if (!parsed.ok) return { isValid: false, problem: parsed.problem };
      const stored = await storeFacts(tx, tenantId, { contactId, model, language, facts: parsed.facts });
      return { isValid: true, factIds: stored.map(({ id }) => id) };
    },
  );
}

async function openFacts(tx: Tx, tenantId: string, contactId: string): Promise<KnownFact[]> {
  const known = await knownFacts(tx, tenantId, { contactId, types: FACT_TYPES, limit: FACTS_SHOWN });
  return known.filter(({ supersededBy }) => supersededBy === null);
}
