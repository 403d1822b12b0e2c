import type { CostSubject } from '../../money/types';
import type { ToolContext } from '../types';

/** What the vector of a search is paid for: the turn that searches, else the contact that an operator names, if any. */
export function costSubjectOf({ contactId, turn }: Pick<ToolContext, 'contactId' | 'turn'>): CostSubject {
  if (!turn) return { contactId };
  return { contactId: turn.contactId, conversationId: turn.conversationId, groupId: turn.turnId };
}
