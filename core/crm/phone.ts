import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { AppError } from '../errors';

const FEWEST_DIGITS = 8;
const MOST_DIGITS = 15;

/**
 * A phone number as it is stored: digits with a leading `+`. A number without a country is read as Brazilian where that
 * makes it valid; otherwise its digits are kept as they are, because channels also have numbers no plan knows.
 *
 * @throws AppError VALIDATION_ERROR for fewer than 8 or more than 15 digits.
 */
export function normalizePhone(text: string): string {
  const parsed = parsePhoneNumberFromString(text, 'BR');
  if (parsed?.isValid()) return parsed.number;
  const digits = text.replace(/\D/g, '');
  if (digits.length < FEWEST_DIGITS || digits.length > MOST_DIGITS) {
    const message = `must have ${FEWEST_DIGITS} to ${MOST_DIGITS} digits, for example +5511987654321`;
    throw new AppError('VALIDATION_ERROR', `The phone ${message}`, { fields: [{ field: 'phone', message }] });
  }
  return `+${digits}`;
}
