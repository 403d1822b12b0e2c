import { storable } from '../../text';

/** Tolerant readers for the parts of a payload that differ between WAHA's engines: a wrong type reads as absent. */

export type Fields = Record<string, unknown>;

export function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** A non-empty text, fit to be stored, or null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? storable(value) : null;
}

export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((item) => asText(item) ?? []) : [];
}

export function firstText(...values: unknown[]): string | null {
  for (const value of values) {
    const text = asText(value);
    if (text !== null) return text;
  }
  return null;
}
