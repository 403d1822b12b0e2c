/** What a person may do about a call that waits; quality of names: approve, edit, reject, respond. */
export const APPROVAL_VERBS = ['approve', 'edit', 'reject', 'respond'] as const;
export type ApprovalVerb = (typeof APPROVAL_VERBS)[number];

export const APPROVAL_STATUSES = [
  'pending',
  'approved',
  'edited',
  'rejected',
  'responded',
  'expired',
  'cancelled',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** What happens when nobody decides in time. */
export const ON_EXPIRY = ['reject', 'approve', 'escalate'] as const;
export type OnExpiry = (typeof ON_EXPIRY)[number];

/** `ask`: each call of an agent waits for a person. `never`: agents do not get the tool. */
export const TOOL_POLICIES = ['ask', 'never'] as const;
export type ToolPolicy = (typeof TOOL_POLICIES)[number];
export type ToolPolicies = Readonly<Record<string, ToolPolicy>>;

export interface ApprovalSettings {
  waitSeconds: number;
  onExpiry: OnExpiry;
  toolPolicies: ToolPolicies;
}

/** Domain reference, section 5. */
export const DEFAULT_APPROVAL_SETTINGS: ApprovalSettings = { waitSeconds: 300, onExpiry: 'reject', toolPolicies: {} };

export interface ApprovalRef {
  tenantId: string;
  approvalId: string;
}
