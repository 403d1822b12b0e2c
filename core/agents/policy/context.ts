import { bantEvidence } from '../../crm/bant-evidence';
import { countOffers } from '../../crm/retention-offers';
import type { Tx } from '../../database';
import type { ToolPolicies } from '../approvals/types';
import type { StoredCall } from '../steps';
import type { MemoryState, PolicyContext, TurnSignals } from './types';

/** Of a turn that an older version of the product began. */
const NOTHING_SEEN: TurnSignals = {
  sentiment: 0,
  severity: 0,
  severityBecause: [],
  lifetimeValue: null,
  offersMade: 0,
  offersRefused: 0,
};

/** An agent that called one of them has read what is known of the customer. */
const MEMORY_TOOLS: readonly string[] = ['search_memory', 'get_contact_facts', 'get_contact_context'];

/** The rule on a call of a tool that is closed for the turn. */
export const WRONG_ARGUMENTS = 'wrong_arguments';

/** What memory was, on the record of a turn whose recall failed. */
export const MEMORY_DEGRADED = 'memory';

interface RecordOfTurn {
  intentConfidence: number;
  signals: unknown;
  context: unknown;
  toolsOffered: readonly string[];
}

/**
 * What the rules of calls know of a turn: what its decision record says of its beginning, and what was done since, by this
 * turn or beside it. Read anew for every judgement, so that a limit holds within one turn as well.
 *
 * @param of as they are in this transaction
 */
export async function loadPolicyContext(
  tx: Tx,
  about: { tenantId: string; contactId: string },
  of: { record: RecordOfTurn; calls: readonly StoredCall[]; toolPolicies: ToolPolicies },
): Promise<PolicyContext> {
  const mayOffer = of.record.toolsOffered.includes('create_retention_offer');
  const offers = mayOffer ? await countOffers(tx, about.tenantId, about.contactId) : {};
  const calls = of.calls.filter(({ status }) => status === 'done' || status === 'refused');
  return policyContextOf(tx, about, { ...of, calls, offers });
}

/** @param of.offers instead of those on the record */
export async function policyContextOf(
  tx: Tx,
  { tenantId, contactId }: { tenantId: string; contactId: string },
  of: {
    record: RecordOfTurn;
    calls: readonly StoredCall[];
    toolPolicies: ToolPolicies;
    offers: Partial<Pick<TurnSignals, 'offersMade' | 'offersRefused'>>;
  },
): Promise<PolicyContext> {
  const { record, calls, offers, toolPolicies } = of;
  const doneTools = calls.flatMap(({ tool, status }) => (tool && status === 'done' ? [tool] : []));
  const wrongCalls = calls.flatMap(({ tool, errorCode, rule }) =>
    tool && (errorCode === 'VALIDATION_ERROR' || rule === WRONG_ARGUMENTS) ? [tool] : [],
  );
  return {
    intentConfidence: record.intentConfidence,
    signals: {
      ...NOTHING_SEEN,
      ...(record.signals as Partial<TurnSignals>),
      ...offers,
    },
    memory: memoryState(record.context, doneTools),
    leadEvidence: record.toolsOffered.includes('qualify_lead') ? await bantEvidence(tx, tenantId, contactId) : null,
    wrongCalls,
    toolPolicies,
  };
}

function memoryState(context: unknown, doneTools: readonly string[]): MemoryState {
  const { daysBack, degraded = [] } = context as { daysBack?: number | null; degraded?: string[] };
  if (daysBack !== undefined || doneTools.some((tool) => MEMORY_TOOLS.includes(tool))) return 'read';
  return degraded.includes(MEMORY_DEGRADED) ? 'unavailable' : 'unread';
}
