import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SearchAttributePair } from '@temporalio/common';

/** Registered on the namespace as keywords, so that the Temporal Web UI can filter by them. Opaque ids only. */
const TENANT = defineSearchAttributeKey('VentrosTenantId', SearchAttributeType.KEYWORD);
const CONTACT = defineSearchAttributeKey('VentrosContactId', SearchAttributeType.KEYWORD);
const KIND = defineSearchAttributeKey('VentrosKind', SearchAttributeType.KEYWORD);

/** How an enrichment ended and what was read: set once, as its last step, so that failures are one query. */
const OUTCOME = defineSearchAttributeKey('VentrosOutcome', SearchAttributeType.KEYWORD);
const MEDIA_KIND = defineSearchAttributeKey('VentrosMediaKind', SearchAttributeType.KEYWORD);

export type WorkflowKind =
  | 'conversation'
  | 'turn'
  | 'turn-replay'
  | 'day-replay'
  | 'enrichment'
  | 'embedding'
  | 'reembedding'
  | 'graph-projection'
  | 'facts'
  | 'session-summary'
  | 'sending'
  | 'history-import'
  | 'knowledge'
  | 'forgetting'
  | 'follow-up'
  | 'handover'
  | 'agent-run';

export function searchAttributes(of: {
  tenantId: string;
  kind: WorkflowKind;
  contactId?: string | null;
}): SearchAttributePair[] {
  return [
    { key: TENANT, value: of.tenantId },
    { key: KIND, value: of.kind },
    ...(of.contactId ? [{ key: CONTACT, value: of.contactId }] : []),
  ];
}

/** @param of.mediaKind a type of the media settings: `image`, `voice`, `document`, … */
export function outcomeAttributes(of: { outcome: 'completed' | 'failed'; mediaKind: string }): SearchAttributePair[] {
  return [
    { key: OUTCOME, value: of.outcome },
    { key: MEDIA_KIND, value: of.mediaKind },
  ];
}
