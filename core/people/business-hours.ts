import { DateTime } from 'luxon';

/** A time of the week at which people are there, for example `{day: 1, from: '09:00', to: '18:00'}`. */
export interface BusinessWindow {
  /** 1 is Monday, 7 Sunday. */
  day: number;
  /** `HH:MM`, in the time zone of the project. */
  from: string;
  /** Not included; `24:00` is the end of the day. */
  to: string;
}

/** Windows are 15 minutes at least, so the longest wait, a day of them, is over within so many days. */
const MAX_DAYS = 7 * 97;
const MINUTE_MS = 60_000;

/** Of a time of the day; the windows were checked. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The windows that are shorter than this, end before they begin, or overlap an earlier one, by their place. */
export function faultyWindows(windows: readonly BusinessWindow[], shortestMinutes = 15): number[] {
  return windows.flatMap((window, index) => {
    const [from, to] = [minutesOf(window.from), minutesOf(window.to)];
    const overlaps = windows
      .slice(0, index)
      .some((other) => other.day === window.day && minutesOf(other.from) < to && from < minutesOf(other.to));
    return to - from < shortestMinutes || to > 24 * 60 || overlaps ? [index] : [];
  });
}

/**
 * How long it is until people were there for so many minutes. A day with a change of the clock has the hours that it has.
 *
 * @param windows null or empty: they are always there
 */
export function waitInBusinessTimeMs(
  minutes: number,
  windows: readonly BusinessWindow[] | null,
  { now, timezone }: { now: Date; timezone: string },
): number {
  if (windows === null || windows.length === 0) return minutes * MINUTE_MS;
  let leftMs = minutes * MINUTE_MS;
  const today = DateTime.fromJSDate(now, { zone: timezone }).startOf('day');
  for (let offset = 0; offset <= MAX_DAYS; offset++) {
    for (const { opensMs, closesMs } of windowsOf(today.plus({ days: offset }), windows)) {
      const beginsMs = Math.max(opensMs, now.getTime());
      if (closesMs <= beginsMs) continue;
      if (closesMs - beginsMs >= leftMs) return beginsMs + leftMs - now.getTime();
      leftMs -= closesMs - beginsMs;
    }
  }
  return today.plus({ days: MAX_DAYS }).toMillis() - now.getTime();
}

/**
 * When people are there again, in their time zone; null while they are there.
 *
 * @param windows null or empty: they are always there
 */
export function peopleBackAt(
  windows: readonly BusinessWindow[] | null,
  { now, timezone }: { now: Date; timezone: string },
): DateTime | null {
  if (windows === null || windows.length === 0) return null;
  const today = DateTime.fromJSDate(now, { zone: timezone }).startOf('day');
  // Windows of one weekday, all over today already, come back in a week.
  for (let offset = 0; offset <= 7; offset++) {
    const day = today.plus({ days: offset });
    const [next] = windowsOf(day, windows).filter(({ closesMs }) => closesMs > now.getTime());
    if (next) return next.opensMs <= now.getTime() ? null : DateTime.fromMillis(next.opensMs, { zone: timezone });
  }
  throw new Error('a week has a day of every window');
}

/** In their order. */
function windowsOf(day: DateTime, windows: readonly BusinessWindow[]): { opensMs: number; closesMs: number }[] {
  return windows
    .filter((window) => window.day === day.weekday)
    .map(({ from, to }) => ({ opensMs: at(day, from), closesMs: at(day, to) }))
    .sort((a, b) => a.opensMs - b.opensMs);
}

/** Clock time, which is not the same as so many hours after midnight when the clock changes. */
function at(day: DateTime, time: string): number {
  const minutes = minutesOf(time);
  if (minutes === 24 * 60) return day.plus({ days: 1 }).toMillis();
  return day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60 }).toMillis();
}
