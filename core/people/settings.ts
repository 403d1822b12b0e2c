import type { Tx } from '../database';
import type { DoubleTextPolicy, PeopleSettings, Strategy, UnansweredAction } from './types';

/** Until somebody sets something: people choose for themselves, and what nobody answers is told after a quarter of an hour. */
export const DEFAULT_PEOPLE_SETTINGS: Readonly<PeopleSettings> = {
  strategy: 'manual',
  unansweredMinutes: 15,
  unansweredAction: 'event',
  maxReassignments: 3,
  doubleText: 'coalesce',
};

export async function readPeopleSettings(tx: Tx, tenantId: string): Promise<PeopleSettings> {
  const row = await tx.peopleSettings.findUnique({ where: { tenantId } });
  if (!row) return { ...DEFAULT_PEOPLE_SETTINGS };
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
  // Two changes at once would each write without the other's.
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`people-settings:${tenantId}`}, 0))`;
  const settings = { ...(await readPeopleSettings(tx, tenantId)), ...changes };
  await tx.peopleSettings.upsert({
    where: { tenantId },
    create: { tenantId, ...settings },
    update: { ...settings, version: { increment: 1 }, updatedAt: new Date() },
  });
  return settings;
}
