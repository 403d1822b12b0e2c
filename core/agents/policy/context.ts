import { bantEvidence } from '../../crm/bant-evidence';
import { countOffers } from '../../crm/retention-offers';
import type { Tx } from '../../database';
import { loadApprovalSettings } from '../approvals/settings';
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
  groupId: string;
  intentConfidence: number;
  signals: unknown;
  context: unknown;
  toolsOffered: readonly string[];
}

/**
 * What the rules of calls know of a turn: what its decision record says of its beginning, and what was done since, by this
 * turn or beside it. Read anew for every judgement, so that a limit holds within one turn as well.
 */
export async function loadPolicyContext(
  tx: Tx,
  { tenantId, contactId }: { tenantId: string; contactId: string },
  record: RecordOfTurn,
): Promise<PolicyContext> {
  const calls = await tx.decisionStep.findMany({
    where: { tenantId, groupId: record.groupId, kind: 'tool', status: { in: ['done', 'refused'] } },
    select: { tool: true, status: true, errorCode: true, rule: true },
  });
  const mayOffer = record.toolsOffered.includes('create_retention_offer');
  const offers = mayOffer ? await countOffers(tx, tenantId, contactId) : {};
  return policyContextOf(tx, { tenantId, contactId }, { record, calls, offers });
}

/** @param of.offers instead of those on the record */
export async function policyContextOf(
  tx: Tx,
  { tenantId, contactId }: { tenantId: string; contactId: string },
  of: {
    record: Omit<RecordOfTurn, 'groupId'>;
    calls: readonly { tool: string | null; status: string; errorCode: string | null; rule: string | null }[];
    offers: Partial<Pick<TurnSignals, 'offersMade' | 'offersRefused'>>;
  },
): Promise<PolicyContext> {
  const { record, calls, offers } = of;
  const { toolPolicies } = await loadApprovalSettings(tx, tenantId);
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
