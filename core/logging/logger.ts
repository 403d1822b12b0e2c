import pino, { type Logger } from 'pino';

export type { Logger };

/**
 * JSON logs on stdout. Values under these keys never reach a log line: they may hold what a customer wrote, who they
 * are, or a secret.
 */
const REDACTED_KEYS = [
  'text',
  'body',
  'phone',
  'email',
  'name',
  'apiKey',
  'secret',
  'authorization',
  'password',
  'chatId',
  'content',
  'from',
  'to',
];

export function createLogger(service: string, level = process.env['LOG_LEVEL'] ?? 'info'): Logger {
  const paths = REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  return pino({ base: { service }, level, redact: { paths, censor: '[redacted]' } });
}
