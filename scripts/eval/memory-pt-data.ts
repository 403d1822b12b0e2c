import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../core/project-root';
import type { GoldQuestion } from './ask';

/** Weights and word lists are chosen on `tuning`; `held out` is only looked at as a figure. */
export const PARTS = ['tuning', 'held out'] as const;
export type Part = (typeof PARTS)[number];

const contactSchema = z.strictObject({ ref: z.string(), name: z.string(), business: z.string(), part: z.enum(PARTS) });
const questionSchema = z.strictObject({
  id: z.string(),
  contact: z.string(),
  part: z.enum(PARTS),
  kind: z.enum(['same words', 'other words', 'number or code', 'time', 'several messages', 'unanswerable']),
  question: z.string(),
  evidence: z.array(z.string()),
});
const messageSchema = z.object({ contact: z.object({ ref: z.string() }), external_id: z.string(), at: z.string() });

export interface MemoryPt {
  contacts: z.output<typeof contactSchema>[];
  /** Of the product's import. */
  lines: string[];
  messages: z.output<typeof messageSchema>[];
  questions: z.output<typeof questionSchema>[];
}

/** Our own conversations in Brazilian Portuguese, as test/fixtures/memory-pt/README.md describes them. */
export function readMemoryPt(): MemoryPt {
  const folder = path.join(projectRoot(), 'test', 'fixtures', 'memory-pt');
  const conversations = path.join(folder, 'conversations');
  const lines = readdirSync(conversations)
    .sort()
    .flatMap((file) => linesOf(path.join(conversations, file)));
  return {
    contacts: z.array(contactSchema).parse(JSON.parse(readFileSync(path.join(folder, 'contacts.json'), 'utf8'))),
    lines,
    messages: lines.map((line) => messageSchema.parse(JSON.parse(line))),
    questions: linesOf(path.join(folder, 'questions.jsonl')).map((line) => questionSchema.parse(JSON.parse(line))),
  };
}

/** As the evaluation asks them; "yesterday" is counted from the contact's last message. */
export function goldQuestions({ messages, questions }: MemoryPt): GoldQuestion[] {
  const last = new Map<string, number>();
  for (const { contact, at } of messages) {
    last.set(contact.ref, Math.max(last.get(contact.ref) ?? 0, new Date(at).getTime()));
  }
  return questions.map(({ id, contact: ref, kind, question: text, evidence }) => ({
    id,
    ref,
    text,
    kind,
    evidence,
    now: new Date(last.get(ref) ?? 0),
  }));
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}
