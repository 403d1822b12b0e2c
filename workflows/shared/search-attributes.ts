import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SearchAttributePair } from '@temporalio/common';

/** Registered on the namespace as keywords, so that the Temporal Web UI can filter by them. Opaque ids only. */
const TENANT = defineSearchAttributeKey('VentrosTenantId', SearchAttributeType.KEYWORD);
const CONTACT = defineSearchAttributeKey('VentrosContactId', SearchAttributeType.KEYWORD);
const KIND = defineSearchAttributeKey('VentrosKind', SearchAttributeType.KEYWORD);

/** What an enrichment reads, from its start, and how it ended where that is out of the ordinary, so that failures are one query. */
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
  /** As in `outcomeAttributes`. */
  mediaKind?: string | undefined;
}): SearchAttributePair[] {
  return [
    { key: TENANT, value: of.tenantId },
    { key: KIND, value: of.kind },
    ...(of.contactId ? [{ key: CONTACT, value: of.contactId }] : []),
    ...(of.mediaKind === undefined ? [] : [{ key: MEDIA_KIND, value: of.mediaKind }]),
  ];
}

/**
 * @param of.mediaKind a type of the media settings: `image`, `voice`, `document`, …
 * @param of.atStart the same, as it was when the enrichment started; undefined where nobody said
 * @returns what its start does not tell already: a failure, and a kind that turned out to be another. Most often nothing, which
 * spares the server a step of the workflow. One that was started without a kind says `completed` as well, as those of older
 * versions do.
 */
export function outcomeAttributes(of: {
  outcome: 'completed' | 'failed';
  mediaKind: string;
  atStart: string | undefined;
}): SearchAttributePair[] {
  const isKnown = of.atStart !== undefined;
  return [
    ...(isKnown && of.outcome === 'completed' ? [] : [{ key: OUTCOME, value: of.outcome }]),
    ...(isKnown && of.atStart === of.mediaKind ? [] : [{ key: MEDIA_KIND, value: of.mediaKind }]),
  ];
}
