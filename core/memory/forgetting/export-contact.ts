import type { Database, Tx } from '../../database';
import { AppError } from '../../errors';
import { present } from '../../present';

const ROWS_AT_ONCE = 500;

interface Page {
  tenantId: string;
  contactId: string;
  /** Leaves out what earlier pages had. */
  skip: number;
}

type Section = (tx: Tx, page: Page) => Promise<object[]>;

const pageWhere = <Where extends object>({ tenantId, skip }: Page, where: Where) => ({
  where: { tenantId, ...where },
  skip,
  take: ROWS_AT_ONCE,
});
const pageOf = (page: Page) => pageWhere(page, { contactId: page.contactId });
const byId = { orderBy: { id: 'asc' } } as const;

const idsOf = (rows: readonly { id: string }[]) => ({ in: rows.map(({ id }) => id) });

/** Rows of a turn hang on its conversation and not on the contact. */
const ofConversations = async (tx: Tx, { tenantId, contactId }: Page) => ({
  conversationId: idsOf(await tx.conversation.findMany({ where: { tenantId, contactId }, select: { id: true } })),
});

const ofRecords = async (tx: Tx, page: Page) => {
  const where = { tenantId: page.tenantId, ...(await ofConversations(tx, page)) };
  return { decisionRecordId: idsOf(await tx.decisionRecord.findMany({ where, select: { id: true } })) };
};

const ofTurns = async (tx: Tx, page: Page) => {
  const where = { tenantId: page.tenantId, ...(await ofConversations(tx, page)) };
  return { groupId: idsOf(await tx.messageGroup.findMany({ where, select: { id: true } })) };
};

const ofReplays = async (tx: Tx, page: Page) => {
  const where = { tenantId: page.tenantId, ...(await ofRecords(tx, page)) };
  return { replayId: idsOf(await tx.turnReplay.findMany({ where, select: { id: true } })) };
};

/**
 * Everything stored about a contact, table by table. A vector is not in it: it says nothing that its text does not.
 * Exported so that a test can compare it with the tables there are.
 */
export const EXPORT_SECTIONS: Record<string, Section> = {
  contact_identities: (tx, page) => tx.contactIdentity.findMany({ ...pageOf(page), orderBy: { value: 'asc' } }),
  conversations: (tx, page) => tx.conversation.findMany({ ...pageOf(page), ...byId }),
  sessions: (tx, page) => tx.session.findMany({ ...pageOf(page), ...byId }),
  session_summaries: (tx, page) => tx.sessionSummary.findMany({ ...pageOf(page), orderBy: { sessionId: 'asc' } }),
  messages: (tx, page) => tx.message.findMany({ ...pageOf(page), ...byId }),
  message_enrichments: (tx, page) => tx.messageEnrichment.findMany({ ...pageOf(page), ...byId }),
  memory_facts: (tx, page) => tx.memoryFact.findMany({ ...pageOf(page), ...byId }),
  memory_fact_changes: (tx, page) => tx.memoryFactChange.findMany({ ...pageOf(page), ...byId }),
  memory_embeddings: (tx, page) => tx.memoryEmbedding.findMany({ ...pageOf(page), ...byId }),
  memory_erasures: (tx, page) => tx.memoryErasure.findMany({ ...pageOf(page), ...byId }),
  notes: (tx, page) => tx.note.findMany({ ...pageOf(page), ...byId }),
  tickets: (tx, page) => tx.ticket.findMany({ ...pageOf(page), ...byId }),
  follow_ups: (tx, page) => tx.followUp.findMany({ ...pageOf(page), ...byId }),
  contact_events: (tx, page) => tx.contactEvent.findMany({ ...pageOf(page), ...byId }),
  contact_stages: (tx, page) => tx.contactStage.findMany({ ...pageOf(page), ...byId }),
  retention_offers: (tx, page) => tx.retentionOffer.findMany({ ...pageOf(page), ...byId }),
  contact_list_members: (tx, page) => tx.contactListMember.findMany({ ...pageOf(page), orderBy: { listId: 'asc' } }),
  decision_records: async (tx, page) =>
    tx.decisionRecord.findMany({ ...pageWhere(page, await ofConversations(tx, page)), ...byId }),
  approvals: async (tx, page) => tx.approval.findMany({ ...pageWhere(page, await ofConversations(tx, page)), ...byId }),
  decision_steps: async (tx, page) =>
    tx.decisionStep.findMany({ ...pageWhere(page, await ofTurns(tx, page)), ...byId }),
  turn_replays: async (tx, page) => tx.turnReplay.findMany({ ...pageWhere(page, await ofRecords(tx, page)), ...byId }),
  turn_replay_steps: async (tx, page) =>
    tx.turnReplayStep.findMany({ ...pageWhere(page, await ofReplays(tx, page)), ...byId }),
  agent_sessions: async (tx, page) =>
    tx.agentSession.findMany({ ...pageWhere(page, await ofConversations(tx, page)), ...byId }),
  agent_runs: (tx, page) => tx.agentRun.findMany({ ...pageOf(page), ...byId }),
  tool_calls: (tx, page) => tx.toolCall.findMany({ ...pageOf(page), ...byId }),
  ai_costs: (tx, page) => tx.aiCost.findMany({ ...pageOf(page), ...byId }),
};

/**
 * Everything known about a contact as one JSON document, piece by piece: `exported_at`, `contact`, then one list of rows for
 * each table. Each page of rows is a transaction of its own, so a slow reader holds none open. Media are in it by
 * their ids and names; their bytes are not.
 *
 * @throws AppError NOT_FOUND before the first piece
 */
export async function* exportContact(
  db: Database,
  { tenantId, contactId }: { tenantId: string; contactId: string },
): AsyncGenerator<string, void> {
  const contact = await db.withTenant(tenantId, (tx) => tx.contact.findFirst({ where: { tenantId, id: contactId } }));
  if (!contact) throw new AppError('NOT_FOUND', 'There is no contact with this id');
  yield `{"exported_at":${JSON.stringify(new Date())},"contact":${json(contact)}`;
  for (const [name, section] of Object.entries(EXPORT_SECTIONS)) {
    yield `,\n${JSON.stringify(name)}:[`;
    for (let skip = 0, hasMore = true; hasMore; skip += ROWS_AT_ONCE) {
      const rows = await db.withTenant(tenantId, (tx) => section(tx, { tenantId, contactId, skip }));
      if (rows.length > 0) yield (skip > 0 ? ',\n' : '\n') + rows.map(json).join(',\n');
      hasMore = rows.length === ROWS_AT_ONCE;
    }
    yield ']';
  }
  yield '}\n';
}

function json(row: object): string {
  const { tenant_id: _tenant, ...shown } = present(row) as Record<string, unknown>;
  return JSON.stringify(shown);
}
