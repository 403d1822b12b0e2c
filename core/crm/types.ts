import type { Prisma } from '../database';

/** Who did something, as events and rows name it: a person by key, or an agent in a turn. */
export type Actor = { by: 'user'; user_id: string | null } | { by: 'agent'; turn_id: string } | { by: 'system' };

/** `contact_events.source` for this actor. */
export function sourceOf(actor: Actor): 'user' | 'agent' | 'system' {
  return actor.by;
}

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const STATUS_TYPES = ['open', 'active', 'closed'] as const;
export type StatusType = (typeof STATUS_TYPES)[number];

export const EVENT_CATEGORIES = [
  'general',
  'status',
  'pipeline',
  'assignment',
  'tag',
  'note',
  'session',
  'custom_field',
  'system',
  'notification',
  'tracking',
  'interaction',
  'milestone',
  'issue',
  'purchase',
  'engagement',
] as const;
export type EventCategory = (typeof EVENT_CATEGORIES)[number];

export const NOTE_TYPES = [
  'general',
  'follow_up',
  'complaint',
  'resolution',
  'escalation',
  'internal',
  'customer',
  'session_summary',
  'session_handoff',
  'session_feedback',
  'ad_conversion',
  'ad_campaign',
  'ad_attribution',
  'tracking_insight',
] as const;
export type NoteType = (typeof NOTE_TYPES)[number];

export type JsonObject = Prisma.InputJsonObject;
