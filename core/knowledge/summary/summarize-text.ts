import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError, isAppError, type ErrorCode } from '../../errors';
import { askModel, type AskModelDeps } from '../../memory/ask-model';
import { oneLine, problemOf, readJson } from '../../memory/model-answer';
import type { MemoryAttempt } from '../../memory/pipeline-deps';
import type { CostSubject } from '../../money/types';
import { projectRoot } from '../../project-root';
import type { Providers } from '../../providers/registry';
import { cutText } from '../../text';

/** About 12,000 tokens: every model of a chain reads so many, with room for its answer. */
const PART_CHARACTERS = 40_000;
/** All at once, within the ten calls that a process makes: a summary takes the time of two calls. What comes later is not read. */
const MAX_PARTS = 8;
const MAX_OUTPUT_TOKENS = 1_024;
/** Somebody waits, and two calls follow one another. */
const WAITING = { purpose: 'reply', timeoutMs: 14_000 } as const;
const MAX_POINTS = 10;

/** Another provider of the chain could do no better. */
const ENDS_THE_CHAIN: readonly ErrorCode[] = ['BUDGET_EXCEEDED', 'BUDGET_DEFERRED', 'DATABASE_ERROR'];

const ANSWER_JSON_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'key_points'],
  properties: { summary: { type: 'string' }, key_points: { type: 'array', items: { type: 'string' } } },
};

const line = (maxCharacters: number) =>
  z
    .string()
    .trim()
    .min(1)
    .transform((text) => cutText(text, maxCharacters));

const answerSchema = z
  .object({ summary: line(4_000), key_points: z.array(line(500)) })
  .transform(({ summary, key_points: points }) => ({ summary, keyPoints: points.slice(0, MAX_POINTS) }));

type Answer = z.output<typeof answerSchema>;

export interface DocumentSummary extends Answer {
  parts: number;
  /** Of the text, from its beginning; less than all of it for a very long one. */
  charactersRead: number;
}

export interface SummaryDeps extends AskModelDeps {
  providers: Pick<Providers, 'language' | 'chains'>;
}

interface Wanted {
  tenantId: string;
  text: string;
  /** As a model knows it, for example `Portuguese (Brazil)`. */
  language: string;
  subject: CostSubject;
  /** Told how much of it is summed up, 0 to 1. */
  onPart?: (doneRatio: number) => void;
}

/**
 * Sums a text up: in one call, or the parts of a long one each by itself and then what was written about them. Each call is paid
 * for by itself, to the first model of the chain that answers.
 *
 * @throws AppError of the last provider (see core/providers/classify.ts), PROVIDER_NOT_CONFIGURED, MODEL_OUTPUT_INVALID,
 * PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export async function summarizeText(
  deps: SummaryDeps,
  wanted: Wanted,
  attempt: MemoryAttempt,
): Promise<DocumentSummary> {
  const read = cutText(wanted.text, PART_CHARACTERS * MAX_PARTS);
  const texts = partsOf(read);
  // A long one is asked about once more, as a whole.
  const calls = texts.length === 1 ? 1 : texts.length + 1;
  let done = 0;
  wanted.onPart?.(0);
  const parts = await Promise.all(
    texts.map(async (text, index) => {
      const user = `<part number="${index + 1}" of="${texts.length}">${oneLine(text)}</part>`;
      const part = await askChain(deps, wanted, { prompt: 'part', user }, keyed(attempt, `part-${index}`));
      wanted.onPart?.(++done / calls);
      return part;
    }),
  );
  const [only] = parts;
  if (only && parts.length === 1) return { ...only, parts: 1, charactersRead: read.length };
  const user = parts.map((part, index) => `<part number="${index + 1}">${lineOf(part)}</part>`).join('\n');
  const whole = await askChain(deps, wanted, { prompt: 'whole', user }, keyed(attempt, 'whole'));
  return { ...whole, parts: parts.length, charactersRead: read.length };
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    const part = cutText(text.slice(from), PART_CHARACTERS);
    parts.push(part);
    from += part.length;
  }
  return parts;
}

const lineOf = ({ summary, keyPoints }: Answer) => oneLine([summary, ...keyPoints].join(' '));
const keyed = ({ activityKey, signal }: MemoryAttempt, part: string) => ({
  activityKey: `${activityKey}/${part}`,
  signal,
});

async function askChain(
  deps: SummaryDeps,
  wanted: Wanted,
  asked: { prompt: 'part' | 'whole'; user: string },
  attempt: MemoryAttempt,
): Promise<Answer> {
  let last: unknown = new AppError('PROVIDER_NOT_CONFIGURED', 'No language model is configured (LANGUAGE_CHAIN)');
  for (const provider of deps.providers.chains.language) {
    try {
      return await ask(deps, wanted, { ...asked, provider }, keyed(attempt, provider));
    } catch (error) {
      if (!isAppError(error) || ENDS_THE_CHAIN.includes(error.code)) throw error;
      attempt.signal.throwIfAborted();
      last = error;
    }
  }
  throw last;
}

async function ask(
  deps: SummaryDeps,
  { tenantId, language, subject }: Wanted,
  { prompt, user, provider }: { prompt: 'part' | 'whole'; user: string; provider: string },
  attempt: MemoryAttempt,
): Promise<Answer> {
  const template = readFileSync(path.join(projectRoot(), `core/knowledge/summary/${prompt}.md`), 'utf8');
  const request = {
    system: template.replace('{{language}}', language),
    user,
    responseSchema: { name: 'document_summary', schema: ANSWER_JSON_SCHEMA },
    maxOutputTokens: MAX_OUTPUT_TOKENS,
  };
  const asked = { tenantId, provider, subject, request, waiting: WAITING };
  return readAnswer(await askModel(deps, asked, attempt, (_tx, { text }) => Promise.resolve(text)));
}

/** Paid for by now, also when it is of no use. */
function readAnswer(text: string): Answer {
  const value = readJson(text);
  if (!value.ok) throw new AppError('MODEL_OUTPUT_INVALID', value.problem);
  const parsed = answerSchema.safeParse(value.json);
  if (!parsed.success) throw new AppError('MODEL_OUTPUT_INVALID', problemOf(parsed.error));
  return parsed.data;
}
