import { z } from 'zod';

/** What WAHA posts: the event's name decides what `payload` is. Fields we do not use may be there. */
export const envelopeSchema = z.looseObject({
  event: z.string().min(1).max(100),
  session: z.string().min(1).max(200),
  /** Milliseconds, when the event was made. */
  timestamp: z.number().optional().catch(undefined),
  payload: z.unknown().optional(),
});
export type WahaEnvelope = z.output<typeof envelopeSchema>;

/** Without spaces or control characters, because it is compared and logged. */
const messageId = z
  .string()
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'must be printable characters without spaces');
const optionalText = z.string().nullish().catch(null);

/**
 * A message in any of the engines' forms. Only what makes it a message is required; a field of an unexpected type that
 * merely describes it reads as absent, because the message itself must not be lost.
 */
export const messageSchema = z.looseObject({
  id: messageId,
  /** Seconds. */
  timestamp: z.coerce.number().nullish().catch(null),
  from: z.string().min(1).max(255),
  to: optionalText,
  fromMe: z.boolean(),
  participant: optionalText,
  source: optionalText,
  body: optionalText,
  hasMedia: z.boolean().nullish().catch(null),
  media: z
    .looseObject({
      url: optionalText,
      mimetype: optionalText,
      filename: optionalText,
      s3: z.unknown().optional(),
      error: z.unknown().optional(),
    })
    .nullish()
    .catch(null),
  replyTo: z
    .union([z.string(), z.looseObject({ id: optionalText })])
    .nullish()
    .catch(null),
  mentionedJid: z.array(z.string()).nullish().catch(null),
  mentionedIds: z.array(z.string()).nullish().catch(null),
  location: z.record(z.string(), z.unknown()).nullish().catch(null),
  vCards: z.array(z.string()).nullish().catch(null),
  _data: z.record(z.string(), z.unknown()).nullish().catch(null),
});
export type WahaMessage = z.output<typeof messageSchema>;

export const ackSchema = z.looseObject({
  id: messageId,
  /** -1 ERROR, 0 PENDING, 1 SERVER, 2 DEVICE, 3 READ, 4 PLAYED. */
  ack: z.number().int().min(-1).max(4),
});

export const sessionStatusSchema = z.looseObject({ status: z.string().min(1).max(100) });
