import { DateTime } from 'luxon';
import { isAppError } from '../errors';
import { normalizePhone } from './phone';

export const CUSTOM_FIELD_TYPES = [
  'text',
  'number',
  'boolean',
  'date',
  'json',
  'url',
  'email',
  'phone',
  'select',
  'multi_select',
  'label',
] as const;
export type CustomFieldType = (typeof CUSTOM_FIELD_TYPES)[number];

export interface CustomFieldRule {
  type: CustomFieldType;
  /** Of select and multi_select. */
  options: readonly string[];
}

const MAX_TEXT_LENGTH = 2_000;
const MAX_LABEL_LENGTH = 100;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,189}\.[^\s@]{2,}$/;

/** Why this is no value of the field; null when it is one. */
export function faultOf({ type, options }: CustomFieldRule, value: unknown): string | null {
  switch (type) {
    case 'text':
      return isText(value, MAX_TEXT_LENGTH) ? null : `must be a text of at most ${MAX_TEXT_LENGTH} characters`;
    case 'label':
      return isText(value, MAX_LABEL_LENGTH) ? null : `must be a text of at most ${MAX_LABEL_LENGTH} characters`;
    case 'number':
      return typeof value === 'number' ? null : 'must be a number';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'date':
      return typeof value === 'string' && DateTime.fromISO(value).isValid
        ? null
        : 'must be a date, for example 2026-11-25';
    case 'json':
      return null;
    case 'url':
      return typeof value === 'string' && isWebAddress(value) ? null : 'must be an address that begins with http';
    case 'email':
      return typeof value === 'string' && EMAIL.test(value) ? null : 'must be an e-mail address';
    case 'phone':
      return typeof value === 'string' && isPhone(value) ? null : 'must be a phone number';
    case 'select':
      return typeof value === 'string' && options.includes(value) ? null : `must be one of ${options.join(', ')}`;
    case 'multi_select':
      return isSubset(value, options) ? null : `must be a list of some of ${options.join(', ')}`;
  }
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength;
}

function isWebAddress(value: string): boolean {
  return value.length <= MAX_TEXT_LENGTH && /^https?:\/\//i.test(value) && URL.canParse(value);
}

function isPhone(value: string): boolean {
  try {
    return normalizePhone(value).length > 0;
  } catch (error) {
    if (isAppError(error, 'VALIDATION_ERROR')) return false;
    throw error;
  }
}

function isSubset(value: unknown, options: readonly string[]): boolean {
  return Array.isArray(value) && new Set(value).size === value.length && value.every((item) => options.includes(item));
}
