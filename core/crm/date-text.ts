import type { DateTime } from 'luxon';

export interface FoundDate {
  at: DateTime;
  /** False: only the day was named, and `at` is its beginning. */
  hasTime: boolean;
}

const DAYS: Record<string, number> = {
  hoje: 0,
  today: 0,
  amanha: 1,
  tomorrow: 1,
  ontem: -1,
  yesterday: -1,
};
const WEEKDAYS: Record<string, number> = {
  segunda: 1,
  terca: 2,
  quarta: 3,
  quinta: 4,
  sexta: 5,
  sabado: 6,
  domingo: 7,
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
};
const MONTHS = ['jan', 'fev', 'mar', 'abr', 'mai', 'jun', 'jul', 'ago', 'set', 'out', 'nov', 'dez'];
const UNITS: Record<string, 'minutes' | 'hours' | 'days' | 'weeks' | 'months'> = {
  minuto: 'minutes',
  minutos: 'minutes',
  minute: 'minutes',
  minutes: 'minutes',
  min: 'minutes',
  hora: 'hours',
  horas: 'hours',
  hour: 'hours',
  hours: 'hours',
  dia: 'days',
  dias: 'days',
  day: 'days',
  days: 'days',
  semana: 'weeks',
  semanas: 'weeks',
  week: 'weeks',
  weeks: 'weeks',
  mes: 'months',
  meses: 'months',
  month: 'months',
  months: 'months',
};

/**
 * A day or time as people write it in Portuguese or English, counted from `now` in its time zone. A weekday is the next
 * one; a day without a year that has passed is next year's.
 *
 * @returns null when the text names neither.
 */
export function parseDateText(text: string, now: DateTime): FoundDate | null {
  const plain = text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '');
  const relative = relativeTo(plain, now);
  if (relative) return relative;
  const day = dayIn(plain, now);
  const time = timeIn(plain);
  if (!day && !time) return null;
  const at = (day ?? now).startOf('day');
  if (!time) return { at, hasTime: false };
  const exact = at.set(time);
  // "às 9h" after nine is meant for tomorrow.
  return { at: !day && exact <= now ? exact.plus({ days: 1 }) : exact, hasTime: true };
}

function relativeTo(text: string, now: DateTime): FoundDate | null {
  const found = /\b(?:daqui a|em|dentro de|in)\s+(\d{1,3}|um|uma|a|an|one)\s+([a-z]+)/.exec(text);
  const unit = found?.[2] !== undefined && Object.hasOwn(UNITS, found[2]) ? UNITS[found[2]] : undefined;
  if (!found || !unit) return null;
  const amount = /^\d+$/.test(found[1] ?? '') ? Number(found[1]) : 1;
  const at = now.plus({ [unit]: amount });
  const isExact = unit === 'minutes' || unit === 'hours';
  const time = timeIn(text.slice(found.index + found[0].length));
  if (time) return { at: at.startOf('day').set(time), hasTime: true };
  return { at: isExact ? at : at.startOf('day'), hasTime: isExact };
}

function dayIn(text: string, now: DateTime): DateTime | null {
  const iso = /\b(\d{4})-(\d{2})-(\d{2})\b/.exec(text);
  if (iso) return valid(now.set({ year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }), Number(iso[3]));
  const numeric = /\b(\d{1,2})\/(\d{1,2})(?:\/(\d{2,4}))?\b/.exec(text);
  if (numeric) return dayOfYear(now, Number(numeric[1]), Number(numeric[2]), numeric[3]);
  const named = /\b(\d{1,2})\s+de\s+([a-z]{3})[a-z]*(?:\s+de\s+(\d{4}))?/.exec(text);
  const month = named ? MONTHS.indexOf(named[2] ?? '') + 1 : 0;
  if (named && month > 0) return dayOfYear(now, Number(named[1]), month, named[3]);
  if (/\bdepois de amanha\b|\bday after tomorrow\b/.test(text)) return now.plus({ days: 2 });
  for (const [word] of text.matchAll(/[a-z]+/g)) {
    if (Object.hasOwn(DAYS, word)) return now.plus({ days: DAYS[word] ?? 0 });
    if (Object.hasOwn(WEEKDAYS, word)) return now.plus({ days: ((WEEKDAYS[word] ?? 1) - now.weekday + 7) % 7 || 7 });
  }
  return null;
}

function dayOfYear(now: DateTime, day: number, month: number, year: string | undefined): DateTime | null {
  const given = year === undefined ? undefined : Number(year.length === 2 ? `20${year}` : year);
  const at = valid(now.set({ year: given ?? now.year, month, day }), day);
  if (!at || given !== undefined || at.startOf('day') >= now.startOf('day')) return at;
  return at.plus({ years: 1 });
}

/** The 31st of a month without one is no day. */
function valid(at: DateTime, day: number): DateTime | null {
  return at.isValid && at.day === day ? at : null;
}

function timeIn(text: string): { hour: number; minute: number } | null {
  const found =
    /\b(?:as|at)\s+(\d{1,2})(?:[:h](\d{2}))?\s*(?:h(?:oras)?)?\s*(am|pm)?\b/.exec(text) ??
    /\b(\d{1,2}):(\d{2})\s*(am|pm)?\b/.exec(text) ??
    /\b(\d{1,2})h(\d{2})?()\b/.exec(text) ??
    /\b(\d{1,2})()\s*(am|pm)\b/.exec(text);
  if (!found) return /\bmeio[- ]dia\b|\bnoon\b/.test(text) ? { hour: 12, minute: 0 } : null;
  const suffix = found[3];
  const hour = (Number(found[1]) % (suffix ? 12 : 24)) + (suffix === 'pm' ? 12 : 0);
  const minute = Number(found[2] || 0);
  return Number(found[1]) > 24 || minute > 59 ? null : { hour, minute };
}
