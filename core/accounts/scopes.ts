/** What an API key may do: every scope with the sentence that describes it in the API document. */
export const SCOPES = {
  'contacts.view': 'Read contacts and what is known about them',
  'contacts.manage': 'Create, change and delete contacts',
  'contacts.export': 'Export contacts',
  'sessions.view': 'Read sessions and conversations',
  'sessions.manage': 'Take conversations over and hand them back',
  'messages.view': 'Read messages',
  'messages.send': 'Send messages',
  'channels.view': 'Read channels',
  'channels.manage': 'Create, change, activate and delete channels',
  'pipelines.view': 'Read pipelines',
  'pipelines.manage': 'Create and change pipelines',
  'campaigns.view': 'Read campaigns',
  'campaigns.manage': 'Create and run campaigns',
  'sequences.view': 'Read sequences',
  'sequences.manage': 'Create and run sequences',
  'members.view': 'Read members and agents',
  'members.manage': 'Invite members and change agents',
  'billing.view': 'Read costs and invoices',
  'billing.manage': 'Change billing',
  'settings.view': 'Read settings and the list of API keys',
  'settings.manage': 'Change settings, create and revoke API keys',
  'analytics.view': 'Read reports',
  'analytics.export': 'Export reports',
  'enrichments.view': 'Read enrichments',
  'enrichments.manage': 'Start enrichments',
  'memory.view': 'Search the memory and read facts',
  'memory.manage': 'Write to the memory',
  'audit.view': 'Read decision records and dead letters',
  'audit.manage': 'Replay and discard dead letters, replay turns',
} as const;

export type Scope = keyof typeof SCOPES;

export const ALL_SCOPES = Object.keys(SCOPES).filter(isScope);

export function isScope(value: string): value is Scope {
  return Object.hasOwn(SCOPES, value);
}
