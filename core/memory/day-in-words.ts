import { DateTime } from 'luxon';

/** For example “3 de março de 2026”, in the time zone of who reads it. */
export function dayInWords(at: Date, timezone: string): string {
  return DateTime.fromJSDate(at, { zone: timezone }).setLocale('pt-BR').toFormat("d 'de' MMMM 'de' yyyy");
}
