import { sendWhenDue, type FollowUpRef } from '../core/crm/follow-ups/send-follow-up';
import type { Database } from '../core/database';
import { asActivities } from './support';

export function createFollowUpActivities({ db }: { db: Database }) {
  return asActivities({ sendFollowUpWhenDue: (ref: FollowUpRef) => sendWhenDue(db, ref) });
}

export type FollowUpActivities = ReturnType<typeof createFollowUpActivities>;
