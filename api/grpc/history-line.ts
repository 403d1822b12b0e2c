import { HistoryRole, type HistoryMessage } from './generated/ventros/memory/v1/memory';

const ROLES: Partial<Record<HistoryRole, string>> = {
  [HistoryRole.HISTORY_ROLE_CUSTOMER]: 'customer',
  [HistoryRole.HISTORY_ROLE_COMPANY]: 'company',
};

/** A message as a line of an import file (core/memory/import/lines.ts), whose rules hold for both. */
export function historyLine({ contact, role, at, externalId, replyTo, metadata, ...message }: HistoryMessage): string {
  return JSON.stringify({
    contact: given({ ...contact }),
    role: ROLES[role],
    at: isMoment(at) ? at.toISOString() : undefined,
    metadata,
    ...given({ ...message, external_id: externalId, reply_to: replyTo }),
  });
}

/** A Timestamp may name seconds that no calendar has. */
function isMoment(at: Date | undefined): at is Date {
  return at !== undefined && !Number.isNaN(at.getTime());
}

/** proto3 has no null: an empty string was not given. */
function given(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}
