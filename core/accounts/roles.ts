import { ALL_SCOPES, type Scope } from './scopes';

export const MEMBER_ROLES = ['admin', 'supervisor', 'agent', 'viewer'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** Reads what customers and their conversations are about, and nothing of money, settings or records. */
const VIEWER: readonly Scope[] = [
  'contacts.view',
  'sessions.view',
  'messages.view',
  'channels.view',
  'pipelines.view',
  'campaigns.view',
  'sequences.view',
  'members.view',
  'analytics.view',
  'enrichments.view',
  'memory.view',
];

/** Answers customers. */
const AGENT: readonly Scope[] = [
  ...VIEWER,
  'contacts.manage',
  'sessions.manage',
  'messages.send',
  'enrichments.manage',
];

/** Runs the work of the others, and sees why agents of AI did what they did. */
const SUPERVISOR: readonly Scope[] = [
  ...AGENT,
  'contacts.export',
  'pipelines.manage',
  'campaigns.manage',
  'sequences.manage',
  'analytics.export',
  'memory.manage',
  'settings.view',
  'audit.view',
];

const SCOPES_OF: Record<MemberRole, readonly Scope[]> = {
  admin: ALL_SCOPES,
  supervisor: SUPERVISOR,
  agent: AGENT,
  viewer: VIEWER,
};

/** The most a key of a member may do, whatever it was made with. A scope that is new belongs to admins alone. */
export function scopesOfRole(role: MemberRole): readonly Scope[] {
  return SCOPES_OF[role];
}
