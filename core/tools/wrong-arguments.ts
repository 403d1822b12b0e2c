import type { z } from 'zod';
import { AppError, isAppError, type FieldError } from '../errors';
import { cutText } from '../text';
import type { Tool } from './types';

/** They travel in HTTP/2 headers, of which clients take 8 kB, and into a model's context: ten say enough to begin again. */
const MAX_PROBLEMS = 10;
const MAX_NAME_CHARACTERS = 64;
const MAX_MESSAGE_CHARACTERS = 300;

/** What the arguments of a call are called in the bodies and messages that carry them. */
const ARGUMENTS = 'arguments';

/**
 * Every wrong argument by its path (`arguments.bant.budget`) with what is expected of it (`expected number, received
 * string`), at most the first ten. Never what was received itself: it may be a customer's.
 */
export function argumentErrors(issues: readonly z.core.$ZodIssue[]): FieldError[] {
  return issues
    .flatMap((issue): FieldError[] => {
      const path = [ARGUMENTS, ...issue.path.map(String)];
      if (issue.code !== 'unrecognized_keys') return [{ field: nameOf(path), message: expectation(issue) }];
      return issue.keys.map((key) => ({ field: nameOf([...path, key]), message: 'there is no such argument' }));
    })
    .slice(0, MAX_PROBLEMS);
}

/** The same in one sentence, for a model or a person that writes the call again. */
export function wrongArguments(fields: readonly FieldError[]): string {
  return `The arguments are wrong: ${fields.map(({ field, message }) => `${field}: ${message}`).join('; ')}`;
}

/** For a tool that judges its arguments together: names the one to give or to change. */
export function wrongArgument(argument: string, message: string): AppError {
  return new AppError('VALIDATION_ERROR', `${argument}: ${message}`, { fields: [{ field: argument, message }] });
}

/** Runs a part of a tool. An argument that only the work itself found wrong is named as those of the form are. */
export async function namingArguments<T>(tool: Tool, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isAppError(error, 'VALIDATION_ERROR') || error.fields.length === 0) throw error;
    const isArgument = ({ field }: FieldError) => Object.hasOwn(tool.input.shape, field.split('.')[0] ?? '');
    if (!error.fields.every(isArgument)) throw error;
    const fields = error.fields.map(({ field, message }) => ({ field: `${ARGUMENTS}.${field}`, message }));
    throw new AppError('VALIDATION_ERROR', wrongArguments(fields), { fields, details: error.details, cause: error });
  }
}

function nameOf(path: readonly string[]): string {
  return path.map((part) => cutText(part, MAX_NAME_CHARACTERS)).join('.');
}

function expectation(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  const message = isMissing ? `is required: expected ${issue.expected}` : messageOf(issue);
  return cutText(message, MAX_MESSAGE_CHARACTERS);
}

/** zod says of a union only that it does not fit; what each form expects stands below it. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const forms = issue.errors.map((form) => form.map(messageOf).join(' and '));
    return [...new Set(forms)].join(', or ');
  }
  return issue.message.replace(/^Invalid (input|option): (?=expected)/, '');
}
