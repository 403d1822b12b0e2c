import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DateTime } from 'luxon';
import { z } from 'zod';
import { projectRoot } from '../../project-root';
import type { ModelRequest } from '../ask-model';
import { askAgain, oneLine, problemOf, readJson } from '../model-answer';
import { ATTRIBUTES } from './attributes';
import { completeFact, isAboutContact } from './complete';
import { initialConfidence } from './confidence';
import { bareWords } from './hash';
import { reconcileDates } from './rules';
import { FACT_DECISIONS, FACT_TYPES, type ExtractedFact, type FactMessage, type KnownFact } from './types';

/** One message does not hold more facts than this; a longer list is a model that repeats itself. */
const MAX_FACTS_PER_MESSAGE = 10;
const MAX_OUTPUT_TOKENS = 2_048;

const FACTS_JSON_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['facts'],
  properties: {
    facts: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: [
          'type',
          'text',
          'about',
          'attribute',
          'value',
          'is_claim',
          'confidence',
          'source_message_id',
          'quote',
          'starts_at',
          'ends_at',
          'decision',
          'known_id',
        ],
        properties: {
          type: { type: 'string', enum: [...FACT_TYPES] },
          text: { type: 'string' },
          about: { type: 'string' },
          attribute: { type: ['string', 'null'], enum: [...ATTRIBUTES, null] },
          value: { type: ['string', 'null'] },
          is_claim: { type: 'boolean' },
          confidence: { type: 'number' },
          source_message_id: { type: 'string' },
          quote: { type: 'string' },
          starts_at: { type: ['string', 'null'] },
          ends_at: { type: ['string', 'null'] },
          decision: { type: 'string', enum: [...FACT_DECISIONS] },
          known_id: { type: ['integer', 'null'] },
        },
      },
    },
  },
};

/** Facts the model is shown, numbered from 1 in this order. */
export type ShownFact = Pick<KnownFact, 'id' | 'type' | 'text' | 'subject'>;

/** What to ask a language model. The customer's text is data: escaped, so that it cannot close its own tag. */
export function buildFactRequest(
  messages: readonly FactMessage[],
  options: { timezone: string; known?: readonly ShownFact[] },
): ModelRequest {
  const known = (options.known ?? []).map(
    ({ type, subject, text }, index) =>
      `<known id="${index + 1}" type="${type}" about="${oneLine(subject).replace(/"/g, '&quot;')}">${oneLine(text)}</known>`,
  );
  const template = readFileSync(path.join(projectRoot(), 'core/memory/facts/prompt.md'), 'utf8');
  return {
    system: template
      .replace('{{timezone}}', options.timezone)
      .replace('{{types}}', FACT_TYPES.join(', '))
      .replace('{{attributes}}', ATTRIBUTES.join(', '))
      .replace('{{cap}}', String(MAX_FACTS_PER_MESSAGE)),
    user: [...known, ...messages.map((message) => messageLine(message, options.timezone))].join('\n'),
    responseSchema: { name: 'facts', schema: FACTS_JSON_SCHEMA },
    maxOutputTokens: MAX_OUTPUT_TOKENS,
  };
}

function messageLine({ id, sentAt, text }: FactMessage, timezone: string): string {
  const time = DateTime.fromJSDate(sentAt, { zone: timezone }).toISO({ suppressMilliseconds: true });
  return `<message id="${id}" time="${time}">${oneLine(text)}</message>`;
}

const moment = z.iso
  .datetime({ offset: true, local: true })
  .or(z.iso.date())
  .nullish()
  .transform((value) => value ?? null);

const factsSchema = z.object({
  facts: z.array(
    z.object({
      type: z.enum(FACT_TYPES),
      text: z.string().trim().min(1).max(1_000),
      confidence: z.number().min(0).max(1),
      source_message_id: z.string(),
      starts_at: moment,
      ends_at: moment,
      about: z.string().max(200).nullish(),
      // What is none of ours is no attribute, not a wrong answer.
      attribute: z.string().max(50).nullish(),
      value: z.string().max(500).nullish(),
      is_claim: z.boolean().nullish(),
      quote: z.string().max(2_000).nullish(),
      decision: z.enum(FACT_DECISIONS).nullish(),
      known_id: z.number().int().nullish(),
    }),
  ),
});

const MAX_QUOTE_CHARACTERS = 300;

/** Word by word; models tidy up punctuation, case and accents. */
function isQuoteOf(quote: string, text: string): boolean {
  return ` ${bareWords(text)} `.includes(` ${bareWords(quote)}`);
}

export type ParsedFacts = { ok: true; facts: ExtractedFact[] } | { ok: false; problem: string };

/**
 * Reads the model's answer. A fact whose source is not among `messages` is refused as a whole answer: a model that invents
 * sources invents facts. A fact whose quote its message does not hold is left out. Dates are checked against what the words say
 * (rules.ts), subject, attribute and claims too (attributes.ts), and at most ten facts per message kept. What the model would
 * do with a known fact is a proposal; reconcile.ts decides.
 *
 * `problem` travels through a workflow's history: it names fields and rules, never a word of the answer or of a message.
 */
export function parseFacts(
  json: string,
  messages: readonly FactMessage[],
  options: { timezone: string; known?: readonly ShownFact[] },
): ParsedFacts {
  const value = readJson(json);
  if (!value.ok) return value;
  const parsed = factsSchema.safeParse(value.json);
  if (!parsed.success) {
    return { ok: false, problem: problemOf(parsed.error) };
  }
  const sources = new Map(messages.map((message) => [message.id, message]));
  const perMessage = new Map<string, number>();
  const facts: ExtractedFact[] = [];
  for (const fact of parsed.data.facts) {
    const source = sources.get(fact.source_message_id);
    if (!source) {
      return {
        ok: false,
        problem: 'a source_message_id is not the id of a message in the input',
      };
    }
    const count = (perMessage.get(source.id) ?? 0) + 1;
    perMessage.set(source.id, count);
    if (count > MAX_FACTS_PER_MESSAGE) continue;
    const dates = reconcileDates({
      type: fact.type,
      factText: fact.text,
      messageText: source.text,
      messageTime: source.sentAt,
      timezone: options.timezone,
      startsAt: readMoment(fact.starts_at, options.timezone),
      endsAt: readMoment(fact.ends_at, options.timezone),
    });
    const quote = fact.quote || source.text.slice(0, MAX_QUOTE_CHARACTERS);
    if (!isQuoteOf(quote, source.text)) continue;
    const ruled = completeFact(
      { type: fact.type, text: fact.text, confidence: 0, sourceMessageId: source.id, saidAt: source.sentAt, ...dates },
      {
        saidText: quote,
        named: {
          subject: fact.about ?? null,
          attribute: fact.attribute ?? null,
          value: fact.value ?? null,
          isClaim: fact.is_claim ?? false,
        },
      },
    );
    const target = options.known?.[(fact.known_id ?? 0) - 1];
    facts.push({
      ...ruled,
      confidence: initialConfidence(fact.confidence, {
        isClaimed: ruled.isClaimed,
        isAboutContact: isAboutContact(ruled),
      }),
      quote,
      proposal: fact.decision && target ? { decision: fact.decision, factId: target.id } : null,
    });
  }
  return { ok: true, facts };
}

/**
 * The same question with what was wrong, for the one repair attempt. The bad answer itself is left out: it may hold what
 * the customer said.
 */
export function buildRepairRequest(original: ModelRequest, problem: string): ModelRequest {
  return { ...original, system: askAgain(original.system, problem) };
}

/** A moment without an offset is meant in the customer's time zone. */
function readMoment(value: string | null, timezone: string): Date | null {
  return value === null ? null : DateTime.fromISO(value, { zone: timezone }).toJSDate();
}
