import { sqlFile, type Tx } from '../database';
import type { DoubleTextPolicy } from '../people/types';
import type { ChannelRef, IncomingMessage } from './types';
import { canonicalPhoneDigits, phoneVariants } from './waha/identity';

export interface Identity {
  kind: 'waha_wid' | 'waha_lid' | 'waha_jid';
  value: string;
}

/** What is there of the thread a message belongs to. Nulls are parts that do not exist yet. */
export interface Thread {
  ai_enabled: boolean;
  ai_agents_enabled: boolean;
  allow_groups: boolean;
  /** Of this kind of content, if it has one of its own. */
  debounce_timeout_ms: number;
  /** Whether media of this kind are read at all, and who goes first; null: the default of the kind. */
  media_enabled: boolean;
  media_priority: number | null;
  pipeline_id: string | null;
  /** Null: the default, `coalesce`. */
  double_text: DoubleTextPolicy | null;
  timeout_minutes: number;
  is_duplicate: boolean;
  reply_to_id: string | null;
  contact_id: string | null;
  contact_name: string | null;
  contact_phone: string | null;
  /** `kind:value` of every identity of the contact. */
  identities: string[];
  conversation_id: string | null;
  external_chat_id: string | null;
  chat_id: string | null;
  session_id: string | null;
  session_timeout_minutes: number | null;
  session_last_activity_at: Date | null;
}

/** The identities a message states, as they are stored. */
export function statedIdentities({ contact }: IncomingMessage): Identity[] {
  const stated: { kind: Identity['kind']; value: string | null }[] = [
    { kind: 'waha_wid', value: contact.wid },
    { kind: 'waha_lid', value: contact.lid },
    { kind: 'waha_jid', value: contact.jid },
  ];
  return stated.flatMap(({ kind, value }) => (value === null ? [] : [{ kind, value }]));
}

/** Phone of a contact as contacts.phone holds it. */
export function contactPhone({ contact }: IncomingMessage): string | null {
  return contact.wid === null ? null : `+${canonicalPhoneDigits(contact.wid)}`;
}

/**
 * The names two messages of one person have in common, in an order that is the same for everybody. The canonical phone
 * stands for all its spellings.
 */
export function lockNames(message: IncomingMessage): string[] {
  const names = [contactPhone(message), message.contact.lid && `lid:${message.contact.lid}`, message.groupId];
  return names.filter((name): name is string => Boolean(name)).sort();
}

/** One read of all that a message touches. Null when the channel is not there any more. */
export async function findThread(tx: Tx, channel: ChannelRef, message: IncomingMessage): Promise<Thread | null> {
  const { wid, jid, lid } = message.contact;
  const [number, shortNumber] = wid === null ? [] : phoneVariants(wid);
  const [address, shortAddress] = jid === null ? [] : phoneVariants(jid);
  const rows = await tx.$queryRawUnsafe<Thread[]>(
    sqlFile('core/ingest/sql/find-thread.sql'),
    channel.tenantId,
    channel.channelId,
    number ?? null,
    shortNumber ?? null,
    address ?? null,
    shortAddress ?? null,
    lid,
    message.groupId,
    message.externalId,
    message.replyToExternalId,
    message.contentType,
  );
  return rows[0] ?? null;
}

/** True when the session's time had run out before this message was sent. */
export function isTimedOut(thread: Thread, sentAt: Date): boolean {
  if (thread.session_last_activity_at === null || thread.session_timeout_minutes === null) return false;
  const idleMs = sentAt.getTime() - thread.session_last_activity_at.getTime();
  return idleMs >= thread.session_timeout_minutes * 60_000;
}
