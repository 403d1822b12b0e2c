import { customerLanguage } from '../../../core/agents/team/language';
import type { Language } from '../../../core/agents/team/types';
import type { ReplyExpectation, StaffQuestion, TurnExpectation } from './cases';

/** What a turn really came to, from its decision record and the messages that left. */
export interface SeenTurn {
  intent: string;
  agent: string;
  outcome: string | null;
  reason: string | null;
  calls: { tool: string; status: string; rule: string | null }[];
  rules: string[];
  flags: string[];
  handler: string;
  /** The messages of the reply in their order. */
  reply: string[];
}

export interface SeenRun {
  status: string;
  calls: { tool: string; refusal: string | null }[];
  answer: string;
}

/** What reads well in WhatsApp, and more messages than that are a flood. */
const MAX_PARTS = 4;

/** What is not as expected, in words; empty: the turn passed. */
export function turnProblems(expected: TurnExpectation, seen: SeenTurn, language: Language): string[] {
  const done = seen.calls.filter(({ status }) => status === 'done').map(({ tool }) => tool);
  const refused = seen.calls.filter(({ status }) => status === 'refused' || status === 'needs_approval');
  const isWaitingForPerson = expected.outcome === 'handed_over';
  return [
    ...differs('intent', expected.intent, seen.intent),
    ...differs('agent', expected.agent, seen.agent),
    ...differs('outcome', expected.outcome, seen.outcome),
    ...(expected.reason === undefined ? [] : differs('reason', expected.reason, seen.reason)),
    ...(isWaitingForPerson && seen.handler === 'ai'
      ? ['nobody was asked for: the conversation is still the agent’s']
      : []),
    ...(expected.outcome === 'replied' && seen.handler !== 'ai' ? [`the conversation is with ${seen.handler}`] : []),
    ...expected.called.filter((tool) => !done.includes(tool)).map((tool) => `${tool} was not called`),
    ...expected.notCalled.filter((tool) => done.includes(tool)).map((tool) => `${tool} was called`),
    ...expected.refused
      .filter(({ tool, rule }) => !refused.some((call) => call.tool === tool && call.rule === rule))
      .map(({ tool, rule }) => `${tool} was not refused by ${rule ?? 'its form'}`),
    ...refused
      .filter(({ tool, rule }) => !expected.refused.some((call) => call.tool === tool && call.rule === rule))
      .map(({ tool, rule }) => `${tool} was refused by ${rule ?? 'its form'}`),
    ...sameSet('rules', expected.rules, seen.rules),
    ...sameSet('flags', expected.flags, seen.flags),
    ...(expected.outcome === 'silenced' || expected.outcome === 'interrupted'
      ? silence(seen.reply)
      : replyProblems(expected.reply, seen.reply, language)),
  ];
}

export function runProblems({ expect }: StaffQuestion, seen: SeenRun): string[] {
  const done = seen.calls.filter(({ refusal }) => refusal === null).map(({ tool }) => tool);
  return [
    ...differs('status', expect.status, seen.status),
    ...expect.called.filter((tool) => !done.includes(tool)).map((tool) => `${tool} was not called`),
    ...expect.notCalled.filter((tool) => done.includes(tool)).map((tool) => `${tool} was called`),
    ...textProblems(expect.reply, seen.answer),
  ];
}

function replyProblems(expected: ReplyExpectation, parts: string[], language: Language): string[] {
  const text = parts.join('\n');
  return [
    ...(text.trim() ? [] : ['no reply left']),
    ...(parts.length > MAX_PARTS ? [`the reply is ${parts.length} messages`] : []),
    ...(expected.parts !== undefined && expected.parts !== parts.length
      ? [`the reply is ${parts.length} messages`]
      : []),
    ...(text.trim() && customerLanguage([text]) !== language ? [`the reply is not in ${language}: ${text}`] : []),
    ...textProblems(expected, text),
  ];
}

function textProblems({ matches, lacks, maxCharacters }: ReplyExpectation, text: string): string[] {
  const has = (pattern: string) => new RegExp(pattern, 'i').test(text);
  return [
    ...matches.filter((pattern) => !has(pattern)).map((pattern) => `the reply lacks /${pattern}/: ${text}`),
    ...lacks.filter(has).map((pattern) => `the reply has /${pattern}/: ${text}`),
    ...(maxCharacters !== undefined && text.length > maxCharacters ? [`the reply has ${text.length} characters`] : []),
  ];
}

export function silence(reply: string[]): string[] {
  return reply.length === 0 ? [] : [`something left: ${reply.join(' ')}`];
}

function differs(what: string, expected: string, seen: string | null): string[] {
  return expected === seen ? [] : [`${what} is ${seen ?? 'nothing'}, not ${expected}`];
}

function sameSet(what: string, expected: string[], seen: string[]): string[] {
  const [a, b] = [[...new Set(expected)].sort().join(', '), [...new Set(seen)].sort().join(', ')];
  return a === b ? [] : [`${what}: ${b || 'none'}, not ${a || 'none'}`];
}
