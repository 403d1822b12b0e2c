import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DateTime } from 'luxon';
import { z } from 'zod';
import { projectRoot } from '../../project-root';
import { cutText } from '../../text';
import type { ModelRequest } from '../ask-model';
import { askAgain, oneLine, problemOf, readJson } from '../model-answer';
import { ENTITY_TYPES, SENTIMENTS, type SessionSummary, type SessionToSummarize } from './types';

/** Raised with every change of prompt.md; stored with what was made by it. */
export const SUMMARY_PROMPT_VERSION = 'session-summary-1';

const MAX_OUTPUT_TOKENS = 1_024;
/** A pasted contract would leave no room for the conversation about it. */
const MAX_MESSAGE_CHARACTERS = 1_500;
/** About 12,000 tokens: the end of a long session says how it ended. */
const MAX_TRANSCRIPT_CHARACTERS = 40_000;
const MAX_TOPICS = 5;
const MAX_NEXT_STEPS = 5;
const MAX_ENTITIES = 10;

const SUMMARY_JSON_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: [
    'summary',
    'topics',
    'sentiment',
    'sentiment_score',
    'outcome',
    'resolved',
    'escalated',
    'converted',
    'next_steps',
    'key_entities',
  ],
  properties: {
    summary: { type: 'string' },
    topics: { type: 'array', items: { type: 'string' } },
    sentiment: { type: 'string', enum: [...SENTIMENTS] },
    sentiment_score: { type: 'number' },
    outcome: { type: 'string' },
    resolved: { type: 'boolean' },
    escalated: { type: 'boolean' },
    converted: { type: 'boolean' },
    next_steps: { type: 'array', items: { type: 'string' } },
    key_entities: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'name'],
        properties: { type: { type: 'string', enum: [...ENTITY_TYPES] }, name: { type: 'string' } },
      },
    },
  },
};

/**
 * What to ask a language model about an ended session. What people wrote is data: escaped, so that it cannot close its own tag.
 *
 * @param problem what was wrong with the first answer, for the one repair
 */
export function buildSummaryRequest(session: SessionToSummarize, problem?: string): ModelRequest {
  const template = readFileSync(path.join(projectRoot(), 'core/memory/summaries/prompt.md'), 'utf8');
  const system = template.replace('{{language}}', session.language).replace('{{entityTypes}}', ENTITY_TYPES.join(', '));
  return {
    system: problem === undefined ? system : askAgain(system, problem),
    user: transcript(session),
    responseSchema: { name: 'session_summary', schema: SUMMARY_JSON_SCHEMA },
    maxOutputTokens: MAX_OUTPUT_TOKENS,
  };
}

function transcript({ messages, timezone }: SessionToSummarize): string {
  const lines: string[] = [];
  let characters = 0;
  for (const { fromMe, sentAt, text } of [...messages].reverse()) {
    const time = DateTime.fromJSDate(sentAt, { zone: timezone }).toISO({ suppressMilliseconds: true });
    const said = oneLine(cutText(text, MAX_MESSAGE_CHARACTERS));
    const line = `<message by="${fromMe ? 'company' : 'customer'}" time="${time}">${said}</message>`;
    characters += line.length;
    if (characters > MAX_TRANSCRIPT_CHARACTERS) break;
    lines.unshift(line);
  }
  return lines.join('\n');
}

const line = (maxCharacters: number) =>
  z
    .string()
    .trim()
    .min(1)
    .transform((text) => cutText(text, maxCharacters));

const summarySchema = z.object({
  summary: line(4_000),
  topics: z.array(line(100)),
  sentiment: z.enum(SENTIMENTS),
  sentiment_score: z.number().min(-1).max(1),
  outcome: line(1_000),
  resolved: z.boolean(),
  escalated: z.boolean(),
  converted: z.boolean(),
  next_steps: z.array(line(500)),
  key_entities: z.array(z.object({ type: z.enum(ENTITY_TYPES), name: line(200) })),
});

export type ParsedSummary = { ok: true; summary: SessionSummary } | { ok: false; problem: string };

/**
 * Reads the model's answer; texts and lists are cut to their bounds.
 *
 * `problem` travels through a workflow's history: it names fields and rules, never a word of the answer or of a message.
 */
export function parseSummary(json: string): ParsedSummary {
  const value = readJson(json);
  if (!value.ok) return value;
  const parsed = summarySchema.safeParse(value.json);
  if (!parsed.success) {
    return { ok: false, problem: problemOf(parsed.error) };
  }
  const { topics, sentiment_score, next_steps, key_entities, ...rest } = parsed.data;
  return {
    ok: true,
    summary: {
      ...rest,
      sentimentScore: sentiment_score,
      topics: topics.slice(0, MAX_TOPICS),
      nextSteps: next_steps.slice(0, MAX_NEXT_STEPS),
      keyEntities: key_entities.slice(0, MAX_ENTITIES),
    },
  };
}
