import { Prisma, type Tx } from '../database';
import type { BusinessWindow } from './business-hours';
import type { DoubleTextPolicy, PeopleSettings, Strategy, UnansweredAction } from './types';

/** Until somebody sets something: people choose for themselves, and what nobody answers is told after a quarter of an hour. */
const DEFAULT_PEOPLE_SETTINGS: Readonly<PeopleSettings> = {
  strategy: 'manual',
  unansweredMinutes: 15,
  unansweredAction: 'event',
  maxReassignments: 3,
  doubleText: 'coalesce',
  businessHours: null,
  notifyPrevious: true,
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
    businessHours: row.businessHours as BusinessWindow[] | null,
    notifyPrevious: row.notifyPrevious,
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
    create: { tenantId, ...toRow({ ...DEFAULT_PEOPLE_SETTINGS, ...changes }) },
    update: { ...toRow(changes), updatedAt: new Date() },
  });
  return settingsOf(row);
}

function toRow<T extends Partial<PeopleSettings>>({ businessHours, ...same }: T) {
  return { ...same, ...(businessHours === undefined ? {} : { businessHours: jsonOf(businessHours) }) };
}

function jsonOf(windows: BusinessWindow[] | null) {
  return windows === null ? Prisma.DbNull : windows.map(({ day, from, to }) => ({ day, from, to }));
}
