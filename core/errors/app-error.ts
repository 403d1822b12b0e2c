import { ERROR_TABLE, type ErrorCode, type RetryClass } from './table';

export interface FieldError {
  field: string;
  message: string;
}

export interface AppErrorOptions {
  fields?: FieldError[];
  /** Facts for the log and the `details` of the answer. Never secrets or personal data. */
  details?: Record<string, unknown>;
  /** How long the other side asked us to wait, in milliseconds. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** The only error class of the product: a code of the table, and a sentence saying what was wrong and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldError[];
  readonly details: Record<string, unknown>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.fields = options.fields ?? [];
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  get httpStatus(): number {
    return ERROR_TABLE[this.code].http;
  }

  get title(): string {
    return ERROR_TABLE[this.code].title;
  }

  get retryClass(): RetryClass {
    return ERROR_TABLE[this.code].retry;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The text of anything that was thrown, for logs and stored reasons. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
