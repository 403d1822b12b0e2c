import { InvalidArgumentError } from 'commander';
import { isUuid } from '../../core/ids';

export function id(value: string): string {
  if (isUuid(value)) return value;
  throw new InvalidArgumentError('must be an id such as 0192f0c1-5b7e-7c2a-9f3e-2b6f1d8a4c11');
}

/** A day begins at midnight UTC. */
export function time(value: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(value) ? new Date(value) : null;
  if (date && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('must be a day such as 2026-11-22, or a time such as 2026-11-22T14:05:00Z');
}

export function micros(value: string): number {
  const parsed = Number(value);
  if (value.trim() !== '' && Number.isSafeInteger(parsed) && parsed >= 0) return parsed;
  throw new InvalidArgumentError('must be a whole number of micro-dollars');
}

export function percent(value: string): number {
  const parsed = Number(value);
  if (Number.isInteger(parsed) && parsed >= 1 && parsed <= 100) return parsed;
  throw new InvalidArgumentError('must be a whole number from 1 to 100');
}
