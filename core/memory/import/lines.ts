import { createHash } from 'node:crypto';
import { z } from 'zod';
import { normalizePhone } from '../../crm/phone';
import { isAppError } from '../../errors';
import { storable } from '../../text';
import type { HistoryMessage } from './types';

/** The column's limit; longer texts are documents. */
const MAX_TEXT_CHARACTERS = 65_536;
/** A line above this is refused unread. */
export const MAX_LINE_BYTES = 1024 * 1024;

const shortText = z.string().trim().min(1).max(200);

const lineSchema = z
  .object({
    contact: z
      .object({
        id: z.uuid().optional(),
        ref: shortText.optional(),
        phone: z.string().trim().min(1).max(40).optional(),
        name: shortText.optional(),
        email: z.email().max(320).optional(),
      })
      .strict()
      .refine(({ id, ref, phone }) => id ?? ref ?? phone, 'needs an id, a ref or a phone'),
    session: shortText.optional(),
    role: z.enum(['customer', 'company']),
    speaker: shortText.optional(),
    text: z
      .string()
      .refine((text) => text.trim() !== '', 'must not be empty')
      .refine(
        (text) => text.length <= MAX_TEXT_CHARACTERS || [...text].length <= MAX_TEXT_CHARACTERS,
        `must have at most ${MAX_TEXT_CHARACTERS} characters`,
      ),
    type: z
      .enum(['text', 'image', 'video', 'audio', 'voice', 'document', 'location', 'contact', 'sticker'])
      .default('text'),
    at: z.iso.datetime({ offset: true }),
    external_id: shortText.optional(),
    reply_to: shortText.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .strict();

export type ParsedLine = { ok: true; message: HistoryMessage } | { ok: false; problem: string };

/** Clocks differ; a message of next week is a mistake. */
const CLOCK_SLACK_MS = 24 * 60 * 60 * 1000;

/** Reads one line of an import. `problem` names fields and rules, never what stands in the line. */
export function parseImportLine(text: string, { line, now }: { line: number; now: Date }): ParsedLine {
  if (Buffer.byteLength(text) > MAX_LINE_BYTES) return refused(`the line is over ${MAX_LINE_BYTES} bytes`);
  const json = readJson(text);
  if (json === undefined) return refused('the line is not JSON');
  const parsed = lineSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues
      .slice(0, 3)
      .map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`);
    return refused(problems.join('; '));
  }
  const { contact, role, at, external_id, reply_to, ...rest } = parsed.data;
  const sentAt = new Date(at);
  if (sentAt.getTime() > now.getTime() + CLOCK_SLACK_MS) return refused('at: lies in the future');
  const phone = contact.phone === undefined ? undefined : readPhone(contact.phone);
  if (phone === null) return refused('contact.phone: is not a phone number');
  return {
    ok: true,
    message: {
      line,
      contact: { ...contact, ...(phone === undefined ? {} : { phone }) },
      ...(rest.session === undefined ? {} : { session: rest.session }),
      ...(rest.speaker === undefined ? {} : { speaker: rest.speaker }),
      ...(rest.metadata === undefined ? {} : { metadata: rest.metadata }),
      fromMe: role === 'company',
      text: storable(rest.text),
      contentType: rest.type,
      sentAt,
      externalId: external_id ?? contentKey([role, at, rest.session, rest.speaker, rest.text]),
      ...(reply_to === undefined ? {} : { replyToExternalId: reply_to }),
    },
  };
}

const refused = (problem: string): ParsedLine => ({ ok: false, problem });

/** Without an id of its own a line is known by its content, so that the same file twice is stored once. */
function contentKey(parts: (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function readPhone(text: string): string | null {
  try {
    return normalizePhone(text);
  } catch (error) {
    if (isAppError(error, 'VALIDATION_ERROR')) return null;
    throw error;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
