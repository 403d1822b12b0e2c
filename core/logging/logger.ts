import pino, { type DestinationStream, type Logger } from 'pino';
import { currentContext } from '../observability/context';
import { scrub } from './scrub';

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

/**
 * Every line carries the ids of the work it was written in (correlation, workflow, activity), and is scrubbed of what looks
 * like a phone number, CPF, e-mail address or key as the last thing before it is written, wherever in it that stands.
 */
export function createLogger(
  service: string,
  level = process.env['LOG_LEVEL'] ?? 'info',
  destination: DestinationStream = pino.destination(1),
): Logger {
  const paths = REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  const options = {
    base: { service },
    level,
    redact: { paths, censor: '[redacted]' },
    // Milliseconds since 1970 would look like a phone number.
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => currentContext(),
    hooks: { streamWrite: scrub },
  };
  return pino(options, destination);
}
