import type { Prisma, Tx } from '../database';
import type { DoubleTextPolicy, PeopleSettings, Strategy, UnansweredAction } from './types';

/** Until somebody sets something: people choose for themselves, and what nobody answers is told after a quarter of an hour. */
const DEFAULT_PEOPLE_SETTINGS: Readonly<PeopleSettings> = {
  strategy: 'manual',
  unansweredMinutes: 15,
  unansweredAction: 'event',
  maxReassignments: 3,
  doubleText: 'coalesce',
};

export async function readPeopleSettings(tx: Tx, tenantId: string): Promise<PeopleSettings> {
  const row = await tx.peopleSettings.findUnique({ where: { tenantId } });
  return row ? settingsOf(row) : { ...DEFAULT_PEOPLE_SETTINGS };
}

function settingsOf(row: Prisma.PeopleSettingsGetPayload<object>): PeopleSettings {
  return {
    strategy: row.strategy as Strategy,
    unansweredMinutes: row.unansweredMinutes,
    unansweredAction: row.unansweredAction as UnansweredAction,
    maxReassignments: row.maxReassignments,
    doubleText: row.doubleText as DoubleTextPolicy,
  };
}

/** What is not given stays as it is. */
export async function changePeopleSettings(
  tx: Tx,
  tenantId: string,
  changes: Partial<PeopleSettings>,
): Promise<PeopleSettings> {
  const row = await tx.peopleSettings.upsert({
    where: { tenantId },
    create: { tenantId, ...DEFAULT_PEOPLE_SETTINGS, ...changes },
    update: { ...changes, updatedAt: new Date() },
  });
  return settingsOf(row);
}
