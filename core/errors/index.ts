export { ERROR_TABLE, type ErrorCode, type RetryClass } from './table';
export { AppError, errorMessage, isAppError, type AppErrorOptions, type FieldError } from './app-error';
