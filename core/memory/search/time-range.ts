import { DateTime } from 'luxon';
import { foldWord } from './fold-word';

/** When a question asks about: an interval, or a month of any year. */
export type TimeRange = { since: Date; until: Date } | { month: number; timezone: string };

export interface TimeAsked {
  range: TimeRange;
  /** Words that only say when, so that nobody looks for "passada" in the texts. */
  words: ReadonlySet<string>;
  /** All words that say when. */
  phrase: ReadonlySet<string>;
}

const MONTHS: readonly (readonly string[])[] = [
  ['janeiro', 'january', 'jan'],
  ['fevereiro', 'february', 'fev', 'feb'],
  ['marco', 'march'],
  ['abril', 'april', 'abr', 'apr'],
  ['maio', 'may'],
  ['junho', 'june', 'jun'],
  ['julho', 'july', 'jul'],
  ['agosto', 'august', 'ago', 'aug'],
  ['setembro', 'september', 'set', 'sept', 'sep'],
  ['outubro', 'october', 'out', 'oct'],
  ['novembro', 'november', 'nov'],
  ['dezembro', 'december', 'dez', 'dec'],
];
const MONTH = MONTHS.flat()
  .sort((a, b) => b.length - a.length)
  .join('|');

/** Monday first. */
const WEEKDAYS: readonly (readonly string[])[] = [
  ['segunda', 'monday'],
  ['terca', 'tuesday'],
  ['quarta', 'wednesday'],
  ['quinta', 'thursday'],
  ['sexta', 'friday'],
  ['sabado', 'saturday'],
  ['domingo', 'sunday'],
];
const WEEKDAY = WEEKDAYS.flat().join('|');

type Reader = (match: RegExpExecArray, now: DateTime) => TimeRange | null;

const WORDS_OF_NUMBERS: Readonly<Record<string, number>> = {
  um: 1,
  uma: 1,
  one: 1,
  dois: 2,
  duas: 2,
  two: 2,
  tres: 3,
  three: 3,
  quatro: 4,
  four: 4,
  cinco: 5,
  five: 5,
  seis: 6,
  six: 6,
  sete: 7,
  seven: 7,
  dez: 10,
  ten: 10,
  quinze: 15,
};
const NUMBER = `\\d{1,3}|${Object.keys(WORDS_OF_NUMBERS).join('|')}`;

/** Tried in this order; the first that reads something counts. `isRelative`: its words say only when. */
const READERS: readonly { pattern: RegExp; isRelative: boolean; read: Reader }[] = [
  { pattern: /\b(?:anteontem|day before yesterday)\b/, isRelative: true, read: (_, now) => days(now, -2, 1) },
  { pattern: /\b(?:ontem|yesterday)\b/, isRelative: true, read: (_, now) => days(now, -1, 1) },
  { pattern: /\b(?:hoje|hj|today)\b/, isRelative: true, read: (_, now) => days(now, 0, 1) },
  {
    pattern: /\b(?:semana passada|ultima semana|last week)\b/,
    isRelative: true,
    read: (_, now) => span(now.minus({ weeks: 1 }).startOf('week'), { weeks: 1 }),
  },
  {
    pattern: /\b(?:semana retrasada|week before last)\b/,
    isRelative: true,
    read: (_, now) => span(now.minus({ weeks: 2 }).startOf('week'), { weeks: 1 }),
  },
  {
    pattern: new RegExp(`\\b(?:ultim[oa]|last) (${WEEKDAY})\\b|\\b(${WEEKDAY})(?:[- ]feira)? passad[ao]\\b`),
    isRelative: false,
    read: (match, now) => lastWeekday(now, match[1] ?? match[2]),
  },
  {
    pattern: /\b(?:n?essa|n?esta|this) (?:semana|week)\b/,
    isRelative: true,
    read: (_, now) => span(now.startOf('week'), { weeks: 1 }),
  },
  {
    pattern: /\b(?:mes passado|ultimo mes|last month)\b/,
    isRelative: true,
    read: (_, now) => span(now.minus({ months: 1 }).startOf('month'), { months: 1 }),
  },
  {
    pattern: /\b(?:mes retrasado|month before last)\b/,
    isRelative: true,
    read: (_, now) => span(now.minus({ months: 2 }).startOf('month'), { months: 1 }),
  },
  {
    pattern: /\b(?:n?esse|n?este|this) (?:mes|month)\b/,
    isRelative: true,
    read: (_, now) => span(now.startOf('month'), { months: 1 }),
  },
  {
    pattern: /\b(?:ano passado|last year)\b/,
    isRelative: true,
    read: (_, now) => span(now.minus({ years: 1 }).startOf('year'), { years: 1 }),
  },
  {
    pattern: new RegExp(`\\b(?:ultim[oa]s|last|past) (${NUMBER}) (dias?|days?|semanas?|weeks?|mes(?:es)?|months?)\\b`),
    isRelative: true,
    read: (match, now) => ({
      since: now.minus(duration(match)).startOf('day').toJSDate(),
      until: now.plus({ days: 1 }).toJSDate(),
    }),
  },
  {
    pattern: new RegExp(
      `\\b(?:ha|faz|about)? ?(${NUMBER}) (dias?|days?|semanas?|weeks?|mes(?:es)?|months?) (?:atras|ago)\\b`,
    ),
    isRelative: true,
    read: (match, now) => around(now, match),
  },
  {
    pattern: new RegExp(`\\b(?:ha|faz) (?:uns |umas )?(${NUMBER}) (dias?|semanas?|mes(?:es)?)\\b`),
    isRelative: true,
    read: (match, now) => around(now, match),
  },
  {
    pattern: new RegExp(`\\b(\\d{1,2}|1o) (?:de )?(${MONTH})(?:,? (?:de )?(20\\d\\d))?\\b`),
    isRelative: false,
    read: (match, now) => day(now, match[1], monthOf(match[2]), match[3]),
  },
  {
    pattern: new RegExp(`\\b(${MONTH}) (\\d{1,2})(?:st|nd|rd|th)?(?:,? (20\\d\\d))?\\b`),
    isRelative: false,
    read: (match, now) => day(now, match[2], monthOf(match[1]), match[3]),
  },
  {
    pattern: /\b(\d{1,2})\/(\d{1,2})(?:\/(20\d\d|\d\d))?\b/,
    isRelative: false,
    read: (match, now) => day(now, match[1], Number(match[2]), match[3]?.padStart(4, '20')),
  },
  {
    pattern: new RegExp(
      `\\b(?:em|de|do|desde|in|of|during|last|since|early|late|mid|this) (${MONTH})(?:,? (?:de |of )?(20\\d\\d))?\\b`,
    ),
    isRelative: false,
    read: (match, now) => wholeMonth(now, monthOf(match[1]), match[2]),
  },
  {
    pattern: new RegExp(`\\b(${MONTH}),? (?:de |of )?(20\\d\\d)\\b`),
    isRelative: false,
    read: (match, now) => wholeMonth(now, monthOf(match[1]), match[2]),
  },
  {
    pattern: /\b(?:em|in|during|de) (20\d\d)\b/,
    isRelative: false,
    read: (match, now) => span(now.set({ year: Number(match[1]), month: 1, day: 1 }).startOf('day'), { years: 1 }),
  },
  {
    pattern: /\b(?:no |na )?dia (\d{1,2})\b/,
    isRelative: true,
    read: (match, now) => {
      const thisMonth = now.set({ day: Number(match[1]) });
      return day(now, match[1], (thisMonth > now ? now.minus({ months: 1 }) : now).month, undefined);
    },
  },
];

/** When a question asks about, in the words of Brazilians and in English; null when it does not say. */
export function readTime(query: string, timezone: string, now: Date): TimeAsked | null {
  const folded = foldWord(query);
  for (const { pattern, isRelative, read } of READERS) {
    const match = pattern.exec(folded);
    if (!match) continue;
    const here = DateTime.fromJSDate(now, { zone: timezone });
    const range = here.isValid ? read(match, here) : null;
    if (range) {
      const phrase = new Set(match[0].match(/[a-z0-9]+/g) ?? []);
      return { range, words: isRelative ? phrase : new Set(), phrase };
    }
  }
  return null;
}

export function isWithin(range: TimeRange, moment: Date): boolean {
  if ('month' in range) return DateTime.fromJSDate(moment, { zone: range.timezone }).month === range.month;
  return moment >= range.since && moment < range.until;
}

/** A month of any year is the last one that began. */
export function intervalOf(range: TimeRange, now: Date): { since: Date; until: Date } {
  if (!('month' in range)) return range;
  const here = DateTime.fromJSDate(now, { zone: range.timezone });
  const thisYear = here.set({ month: range.month }).startOf('month');
  const start = thisYear > here ? thisYear.minus({ years: 1 }) : thisYear;
  return { since: start.toJSDate(), until: start.plus({ months: 1 }).toJSDate() };
}

function monthOf(name: string | undefined): number {
  return MONTHS.findIndex((names) => names.includes(name ?? '')) + 1;
}

function span(since: DateTime, length: Record<string, number>): TimeRange | null {
  const until = since.plus(length);
  return since.isValid && until.isValid ? { since: since.toJSDate(), until: until.toJSDate() } : null;
}

/** The last one before today. */
function lastWeekday(now: DateTime, name: string | undefined): TimeRange | null {
  const weekday = WEEKDAYS.findIndex((names) => names.includes(name ?? '')) + 1;
  return days(now, -(((now.weekday - weekday + 6) % 7) + 1), 1);
}

function days(now: DateTime, offset: number, count: number): TimeRange | null {
  return span(now.plus({ days: offset }).startOf('day'), { days: count });
}

/** A day without a year is the last one that was. */
function day(now: DateTime, dayText: string | undefined, month: number, year: string | undefined): TimeRange | null {
  if (month < 1 || month > 12) return null;
  const of = (inYear: number) =>
    DateTime.fromObject({ year: inYear, month, day: Number.parseInt(dayText ?? '', 10) }, { zone: now.zone });
  const date = year ? of(Number(year)) : of(now.year) > now ? of(now.year - 1) : of(now.year);
  return date.isValid ? span(date, { days: 1 }) : null;
}

function wholeMonth(now: DateTime, month: number, year: string | undefined): TimeRange | null {
  if (month < 1) return null;
  if (year === undefined) return { month, timezone: now.zoneName ?? 'UTC' };
  return span(DateTime.fromObject({ year: Number(year), month }, { zone: now.zone }), { months: 1 });
}

function duration(match: RegExpExecArray): Record<string, number> {
  const text = match[1] ?? '1';
  const count = WORDS_OF_NUMBERS[text] ?? Number(text);
  const unit = match[2] ?? '';
  if (/^(?:dia|day)/.test(unit)) return { days: count };
  return /^(?:semana|week)/.test(unit) ? { weeks: count } : { months: count };
}

/** "Three weeks ago" is a week around that day, "two days ago" the day itself, "two months ago" the month. */
function around(now: DateTime, match: RegExpExecArray): TimeRange | null {
  const length = duration(match);
  const then = now.minus(length);
  if ('days' in length) return days(then, 0, 1);
  return 'weeks' in length ? span(then.startOf('week'), { weeks: 1 }) : span(then.startOf('month'), { months: 1 });
}
