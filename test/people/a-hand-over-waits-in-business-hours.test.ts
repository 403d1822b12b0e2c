import assert from 'node:assert/strict';
import {
  faultyWindows,
  peopleBackAt,
  waitInBusinessTimeMs,
  type BusinessWindow,
} from '../../core/people/business-hours';
import { openHandover } from '../../core/people/handover';
import { changeHandler } from '../../core/conversation/handler';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const HOUR_MS = 3_600_000;
const weekdays = [1, 2, 3, 4, 5].map((day) => ({ day, from: '09:00', to: '18:00' }));
/** Hours from a time until people were there for so many minutes. */
const hours = (minutes: number, windows: BusinessWindow[], from: string, timezone = 'America/Sao_Paulo') =>
  waitInBusinessTimeMs(minutes, windows, { now: new Date(from), timezone }) / HOUR_MS;

describe('a hand-over waits in business hours', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('over nights, weekends and breaks', () => {
    assert.equal(hours(60, weekdays, '2026-03-02T13:00:00Z'), 1, 'Monday at ten');
    assert.equal(hours(60, weekdays, '2026-03-02T20:30:00Z'), 0.5 + 15 + 0.5, 'Monday at half past five');
    assert.equal(hours(15, weekdays, '2026-03-07T15:00:00Z'), 12 + 24 + 9 + 0.25, 'Saturday at noon');
    assert.equal(hours(1440, weekdays, '2026-03-02T12:00:00Z'), 24 * 2 + 6, 'a day of nine hours thrice');
    const withBreak = [
      { day: 1, from: '13:00', to: '24:00' },
      { day: 1, from: '08:00', to: '12:00' },
    ];
    assert.equal(hours(120, withBreak, '2026-03-02T14:00:00Z'), 3, 'over lunch');
    const quarter = [{ day: 1, from: '00:00', to: '00:15' }];
    assert.equal(hours(15, quarter, '2026-03-02T03:10:00Z'), 7 * 24, 'five minutes now, ten in a week');
  });

  it('by the clock on the wall, also when it changes', () => {
    const sunday = [{ day: 7, from: '09:00', to: '10:00' }];
    // In New York the clock goes from two to three on the 8th of March 2026.
    assert.equal(hours(30, sunday, '2026-03-08T05:00:00Z', 'America/New_York'), 8.5);
    assert.equal(hours(30, sunday, '2026-03-15T04:00:00Z', 'America/New_York'), 9.5);
  });

  it('after which people are back', () => {
    const back = (from: string, windows: BusinessWindow[] | null = weekdays) =>
      peopleBackAt(windows, { now: new Date(from), timezone: 'America/Sao_Paulo' })?.toFormat('ccc HH:mm') ?? null;
    assert.equal(back('2026-03-02T13:00:00Z'), null, 'Monday at ten');
    assert.equal(back('2026-03-02T11:00:00Z'), 'Mon 09:00', 'Monday at eight');
    assert.equal(back('2026-03-02T21:00:00Z'), 'Tue 09:00', 'Monday at six');
    assert.equal(back('2026-03-06T23:00:00Z'), 'Mon 09:00', 'Friday evening');
    assert.equal(back('2026-03-02T21:00:00Z', [{ day: 1, from: '09:00', to: '18:00' }]), 'Mon 09:00', 'in a week');
    assert.equal(back('2026-03-02T21:00:00Z', null), null, 'always there');
  });

  it('that make sense, and are a setting of the project', async () => {
    assert.deepEqual(faultyWindows([...weekdays, { day: 1, from: '17:00', to: '19:00' }]), [5]);
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const set = (business_hours: unknown) =>
      api.request('PATCH', '/api/v1/people-settings', { key, json: { business_hours } });
    const wrong = await set([{ day: 1, from: '18:00', to: '09:00' }]);
    assert.deepEqual([wrong.status, wrong.body.errors[0].field], [422, 'business_hours.0']);
    assert.deepEqual((await set(weekdays)).body.business_hours, weekdays);

    const weekday = ((new Date().getUTCDay() + 6) % 7) + 1;
    const inThreeDays = ((weekday + 2) % 7) + 1;
    await set([{ day: inThreeDays, from: '09:00', to: '18:00' }]);
    const { conversationId } = await newThread(api.deps.db, tenantId);
    const { handlerVersion } = await api.deps.db.withTenant(tenantId, (tx) =>
      changeHandler(tx, { tenantId, conversationId, handler: 'waiting', name: null, reason: 'pediu' }),
    );
    const ref = { tenantId, conversationId, handlerVersion };
    const { waitMs } = await openHandover(api.deps.db, ref);
    assert.ok(waitMs !== null && waitMs > 24 * HOUR_MS, String(waitMs));
    assert.equal((await set(null)).body.business_hours, null);
    assert.deepEqual(await openHandover(api.deps.db, ref), { waitMs: 15 * 60_000 });
  });
});
