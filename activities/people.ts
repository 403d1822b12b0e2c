import type { Database } from '../core/database';
import { escalateHandover, openHandover, type HandoverRef } from '../core/people/handover';
import { asActivities } from './support';

export function createPeopleActivities({ db }: { db: Database }) {
  return asActivities({
    openHandover: (ref: HandoverRef) => openHandover(db, ref),
    escalateHandover: (ref: HandoverRef & { round: number }) => escalateHandover(db, ref),
  });
}

export type PeopleActivities = ReturnType<typeof createPeopleActivities>;
