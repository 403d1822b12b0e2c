import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { INTENTS } from '../../../core/agents/intents/types';
import { LANGUAGES } from '../../../core/agents/team/types';
import { projectRoot } from '../../../core/project-root';
import type { ScriptedRule } from '../../../simulator/index';

/** One object a line. */
const FOLDER = path.join(projectRoot(), 'test/fixtures/agents');

const call = z.strictObject({ tool: z.string(), rule: z.string().nullable() });

const replySchema = z.strictObject({
  /** Regular expressions, case-insensitive, each on the whole reply. */
  matches: z.array(z.string()).default([]),
  lacks: z.array(z.string()).default([]),
  maxCharacters: z.int().optional(),
  /** Messages that it leaves in. */
  parts: z.int().optional(),
});

/** Nothing is left out by chance: intent, agent and outcome are said for every turn. */
const turnExpectation = z.strictObject({
  intent: z.enum(INTENTS),
  agent: z.string(),
  outcome: z.enum(['replied', 'handed_over', 'silenced', 'interrupted']),
  /** Why a person is asked for, when no tool did it. */
  reason: z.string().optional(),
  /** Tools that ran and succeeded, and tools that must not have. */
  called: z.array(z.string()).default([]),
  notCalled: z.array(z.string()).default([]),
  /** Calls that a rule refused or wanted a person for; `rule: null` when their form was wrong. */
  refused: z.array(call).default([]),
  /** Rules about the turn or its reply. */
  rules: z.array(z.string()).default([]),
  flags: z.array(z.string()).default([]),
  reply: replySchema.default({ matches: [], lacks: [] }),
});

const turnSchema = z.strictObject({
  /** Absent: the turn is about what was written meanwhile, in the turn before. */
  says: z.string().min(1).optional(),
  /** What a person of the company does before the customer writes. */
  before: z.enum(['take_over', 'hand_back']).optional(),
  /** While a call of this turn waits for a person: what the customer writes, or that a person takes over. */
  meanwhile: z.union([z.strictObject({ says: z.string().min(1) }), z.literal('take_over')]).optional(),
  /** How a person decides about the call that waits. */
  resolves: z.enum(['approve', 'reject']).optional(),
  /** Absent: a person has the conversation, and nothing of the team leaves. */
  expect: turnExpectation.optional(),
});

const givenSchema = z.strictObject({
  customFields: z.record(z.string(), z.unknown()).optional(),
  /** Retention offers of the last days, by what the customer said to them. */
  offers: z.array(z.enum(['offered', 'accepted', 'refused'])).optional(),
  /** Of the company, which is one of its own then. */
  approvals: z.record(z.string(), z.unknown()).optional(),
  /** What becomes of a message that comes while an agent answers. Of a company of its own too. */
  doubleText: z.enum(['coalesce', 'enqueue', 'interrupt', 'reject']).optional(),
  /** Nothing of the memory can be read. Of a company of its own too. */
  memory: z.literal('out').optional(),
  /** Tools of an agent instead of those that come with the product; of a company of its own too. */
  tools: z.record(z.string(), z.array(z.string())).optional(),
});

const conversationSchema = z.strictObject({
  id: z.string(),
  language: z.enum(LANGUAGES),
  /** The rule or trait that it is about. */
  about: z.string(),
  given: givenSchema.default({}),
  /** What the model does instead of the simulator's own rules; see simulator/script.ts. */
  model: z.array(z.custom<ScriptedRule>((value) => typeof value === 'object' && value !== null)).default([]),
  turns: z.array(turnSchema).min(1),
});

const questionSchema = z.strictObject({
  id: z.string(),
  language: z.enum(LANGUAGES),
  about: z.string(),
  /** An agent that works for the company's own people. */
  asks: z.strictObject({ agent: z.string(), question: z.string() }),
  /** What the customer wrote whom it is asked about. */
  customerSaid: z.array(z.string()).default([]),
  expect: z.strictObject({
    status: z.string(),
    called: z.array(z.string()).min(1),
    notCalled: z.array(z.string()).default([]),
    reply: replySchema,
  }),
});

export type Conversation = z.output<typeof conversationSchema>;
export type StaffQuestion = z.output<typeof questionSchema>;
export type Turn = Conversation['turns'][number];
export type TurnExpectation = z.output<typeof turnExpectation>;
export type ReplyExpectation = z.output<typeof replySchema>;
export type AgentCase = Conversation | StaffQuestion;

/** @throws Error that names the file and line of a case of the wrong form, or an id that two cases have */
export function readCases(): AgentCase[] {
  const cases = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) =>
      readFileSync(path.join(FOLDER, name), 'utf8')
        .split('\n')
        .flatMap((line, index) => (line.trim() ? [parse(line, `${name}:${index + 1}`)] : [])),
    );
  const ids = new Set<string>();
  for (const { id } of cases) {
    if (ids.has(id)) throw new Error(`two cases are called ${id}`);
    ids.add(id);
  }
  return cases;
}

function parse(line: string, place: string): AgentCase {
  const value: unknown = JSON.parse(line);
  const schema = typeof value === 'object' && value !== null && 'asks' in value ? questionSchema : conversationSchema;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${place}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
