import { DateTime } from 'luxon';
import { foldWord } from '../search/fold-word';
import type { FactType } from './types';

/** What a relative phrase means: from `startsAt` up to but not including `endsAt`. */
export interface ResolvedDate {
  startsAt: Date;
  endsAt: Date;
  /** How far another reading of the phrase may lie from this one. */
  slackDays: number;
}

interface Phrase {
  pattern: RegExp;
  resolve(today: DateTime, match: RegExpExecArray): { start: DateTime; end: DateTime; slackDays?: number } | null;
}

const WEEKDAYS = ['segunda', 'terca', 'quarta', 'quinta', 'sexta', 'sabado', 'domingo'];
// "na segunda parcela" is an ordinal, not a Monday.
const ORDINAL_NOUNS = 'parcela|via|vez|opcao|etapa|fase|visita|reuniao|prestacao|unidade|loja|casa|pagina|tentativa';
const WEEKDAY = `(${WEEKDAYS.join('|')})(?:[- ]feira)?(?! (?:${ORDINAL_NOUNS})\\b)`;
const MONTHS = [
  'janeiro',
  'fevereiro',
  'marco',
  'abril',
  'maio',
  'junho',
  'julho',
  'agosto',
  'setembro',
  'outubro',
  'novembro',
  'dezembro',
];

const day = (start: DateTime) => ({ start, end: start.plus({ days: 1 }) });
const week = (start: DateTime) => ({ start, end: start.plus({ weeks: 1 }) });
const month = (start: DateTime) => ({ start, end: start.plus({ months: 1 }) });

function nextWeekday(today: DateTime, name: string | undefined): DateTime {
  const wanted = WEEKDAYS.indexOf(name ?? '') + 1;
  return today.plus({ days: ((wanted - today.weekday + 6) % 7) + 1 });
}

/** In order: a longer phrase stands before the shorter one it contains. */
const PHRASES: Phrase[] = [
  { pattern: /\bdepois de amanha\b/, resolve: (today) => day(today.plus({ days: 2 })) },
  { pattern: /\bamanha\b/, resolve: (today) => day(today.plus({ days: 1 })) },
  { pattern: /\banteontem\b/, resolve: (today) => day(today.minus({ days: 2 })) },
  { pattern: /\bontem\b/, resolve: (today) => day(today.minus({ days: 1 })) },
  { pattern: /\bhoje\b/, resolve: (today) => day(today) },
  {
    pattern: /\b(?:semana que vem|proxima semana|semana seguinte)\b/,
    resolve: (today) => week(today.startOf('week').plus({ weeks: 1 })),
  },
  { pattern: /\b(?:esta|essa|nesta|nessa) semana\b/, resolve: (today) => week(today.startOf('week')) },
  {
    pattern: /\b(?:mes que vem|proximo mes|mes seguinte)\b/,
    resolve: (today) => month(today.startOf('month').plus({ months: 1 })),
  },
  { pattern: /\b(?:este|esse|neste|nesse) mes\b/, resolve: (today) => month(today.startOf('month')) },
  {
    // Half of the country means the coming one, half the one after it.
    pattern: new RegExp(`\\b(?:${WEEKDAY} que vem|proxim[ao] ${WEEKDAY})\\b`),
    resolve: (today, match) => ({ ...day(nextWeekday(today, match[1] ?? match[2])), slackDays: 7 }),
  },
  {
    pattern: new RegExp(`\\b(?:na|no|nesta|neste|nessa|nesse|esta|este|ate|pra|para)(?: [ao])? ${WEEKDAY}\\b`),
    resolve: (today, match) => day(nextWeekday(today, match[1])),
  },
  {
    // Two digits for the month: "1/2" is more often a half.
    pattern: /\b(\d{1,2})\/(\d{2})(?:\/(\d{4}|\d{2}))?\b/,
    resolve: (today, match) => calendarDay(today, Number(match[1]), Number(match[2]), match[3]),
  },
  {
    pattern: new RegExp(`\\b(\\d{1,2}) de (${MONTHS.join('|')})(?: de (\\d{4}))?\\b`),
    resolve: (today, match) => calendarDay(today, Number(match[1]), MONTHS.indexOf(match[2] ?? '') + 1, match[3]),
  },
  {
    pattern: /\bdia (\d{1,2})\b/,
    resolve: (today, match) => {
      const number = Number(match[1]);
      const candidates = [0, 1, 2].map((months) => today.startOf('month').plus({ months }).set({ day: number }));
      const start = candidates.find((candidate) => candidate.day === number && candidate >= today);
      return start ? day(start) : null;
    },
  },
];

/** A date without a year is the next one, unless it passed less than half a year ago: then people speak of the past. */
function calendarDay(today: DateTime, dayNumber: number, monthNumber: number, year: string | undefined) {
  const named = year === undefined ? today.year : Number(year.length === 2 ? `20${year}` : year);
  const start = DateTime.fromObject({ year: named, month: monthNumber, day: dayNumber }, { zone: today.zone });
  if (!start.isValid) return null;
  const isLongGone = year === undefined && start < today.minus({ months: 6 });
  return day(isLongGone ? start.plus({ years: 1 }) : start);
}

/**
 * The first relative or short date in a Brazilian Portuguese text, resolved against the day the message was written on in
 * the customer's time zone. Null if there is none, or if it cannot exist (31/02).
 */
export function resolveRelativeDate(text: string, messageTime: Date, timezone: string): ResolvedDate | null {
  const today = DateTime.fromJSDate(messageTime, { zone: timezone }).startOf('day');
  const folded = foldWord(text);
  for (const phrase of PHRASES) {
    const match = phrase.pattern.exec(folded);
    const resolved = match && phrase.resolve(today, match);
    if (!resolved) continue;
    const { start, end, slackDays = 0 } = resolved;
    return { startsAt: start.toJSDate(), endsAt: end.toJSDate(), slackDays };
  }
  return null;
}

/** A model that labels local midnight as UTC is not wrong about the day. */
const OFFSET_SLACK_MS = 12 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The dates of a fact: the model's, unless it gave none or contradicts the words. The words of the fact decide; those of
 * its message only for types that are about time, because one message holds facts with and without a date.
 */
export function reconcileDates(fact: {
  type: FactType;
  factText: string;
  messageText: string;
  messageTime: Date;
  timezone: string;
  startsAt: Date | null;
  endsAt: Date | null;
}): { startsAt: Date | null; endsAt: Date | null } {
  const isAboutTime = fact.type === 'timeline' || fact.type === 'event';
  const said =
    resolveRelativeDate(fact.factText, fact.messageTime, fact.timezone) ??
    (isAboutTime || fact.startsAt ? resolveRelativeDate(fact.messageText, fact.messageTime, fact.timezone) : null);
  const given = { startsAt: fact.startsAt, endsAt: isOrdered(fact.startsAt, fact.endsAt) ? fact.endsAt : null };
  if (!said) return given;
  const words = { startsAt: said.startsAt, endsAt: said.endsAt };
  if (!given.startsAt) return words;
  const slackMs = OFFSET_SLACK_MS + said.slackDays * DAY_MS;
  const isPlausible =
    given.startsAt.getTime() >= said.startsAt.getTime() - slackMs &&
    given.startsAt.getTime() < said.endsAt.getTime() + slackMs;
  return isPlausible ? { startsAt: given.startsAt, endsAt: given.endsAt ?? said.endsAt } : words;
}

function isOrdered(startsAt: Date | null, endsAt: Date | null): boolean {
  return endsAt !== null && (startsAt === null || endsAt >= startsAt);
}
