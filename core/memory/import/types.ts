import type { ContentType } from '../../ingest/types';

/** Whose message it is. At least one of `id`, `ref` and `phone` is there. */
export interface HistoryContact {
  /** A contact that exists already. */
  id?: string;
  /** The importer's own name for the contact (contacts.external_id). */
  ref?: string;
  /** With a leading +. */
  phone?: string;
  name?: string;
  email?: string;
  /** The id WhatsApp uses where it hides the number, digits only. */
  lid?: string;
}

/** One message of a history, wherever it comes from. */
export interface HistoryMessage {
  contact: HistoryContact;
  /** The importer's name for the session. Without it sessions are cut where nobody wrote for a while. */
  session?: string;
  /** Said by the company, not by the contact. */
  fromMe: boolean;
  speaker?: string;
  text: string | null;
  contentType: ContentType;
  sentAt: Date;
  /** Unique within the contact for a file, within the channel for a channel's own history. */
  externalId: string;
  replyToExternalId?: string;
  metadata?: Record<string, unknown>;
  /** The line of the file it stands in, from 1. */
  line?: number;
}

export interface Refusal {
  line: number;
  problem: string;
}

/** What storing messages came to. Stored, known and refused are all of them. */
export interface StoredHistory {
  messagesStored: number;
  messagesKnown: number;
  contactsCreated: number;
  sessionsCreated: number;
  /** Messages whose contact is not one of the tenant's. */
  refusals: Refusal[];
}

export interface ImportSettings {
  /** A session ends after so long without a message. */
  gapMinutes: number;
  /** Who wrote what the company said; without one nobody in particular. */
  writer?: HistoryWriter | null;
}

/** With a period only what was said in it is theirs; an end that is null has not come. */
export interface HistoryWriter {
  agentId: string;
  from: Date | null;
  to: Date | null;
}

/** Longer than live sessions: what was one conversation should stay one (domain, section 2). */
export const DEFAULT_IMPORT_SETTINGS: ImportSettings = { gapMinutes: 240 };
