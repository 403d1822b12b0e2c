import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { GoldQuestion } from './ask';

const turn = z.object({
  speaker: z.string(),
  dia_id: z.string(),
  text: z.string(),
  blip_caption: z.string().optional(),
});
const dataset = z.array(
  z.object({
    sample_id: z.string(),
    conversation: z.record(z.string(), z.unknown()),
    qa: z.array(z.object({ question: z.string(), evidence: z.array(z.string()), category: z.number() })),
  }),
);
const knownErrors = z.array(
  z.object({ question_id: z.string(), error_type: z.string(), correct_evidence: z.array(z.string()).optional() }),
);

const CATEGORIES: Readonly<Record<number, string>> = {
  1: 'multi-hop',
  2: 'temporal',
  3: 'open-domain',
  4: 'single-hop',
  5: 'adversarial',
};

export interface Locomo {
  /** Of the product's import. */
  lines: string[];
  /** Those with evidence that exists. */
  questions: GoldQuestion[];
  /** The same with the evidence that known-errors.json corrects, where that file is there. */
  corrected: GoldQuestion[] | null;
}

/** LoCoMo as contacts of ours: the first speaker is the contact, the second the company. */
export function readLocomo(file: string): Locomo {
  const samples = dataset.parse(JSON.parse(readFileSync(file, 'utf8')));
  const corrections = readCorrections(path.join(path.dirname(file), 'known-errors.json'));
  const lines: string[] = [];
  const questions: GoldQuestion[] = [];
  const corrected: GoldQuestion[] = [];
  samples.forEach(({ sample_id: ref, conversation, qa }, sampleNo) => {
    const sessions = readSessions(conversation);
    const contactName = z.string().parse(conversation['speaker_a']);
    const known = new Set<string>();
    let now = new Date(0);
    for (const { name, startsAt, turns } of sessions) {
      turns.forEach(({ speaker, dia_id, text, blip_caption: caption }, index) => {
        known.add(dia_id);
        const at = startsAt.plus({ seconds: 30 * index });
        now = new Date(Math.max(now.getTime(), at.toMillis()));
        lines.push(
          JSON.stringify({
            contact: { ref, name: contactName },
            session: name,
            role: speaker === contactName ? 'customer' : 'company',
            speaker,
            text: caption === undefined ? text : `${text}\n[image: ${caption}]`,
            type: caption === undefined ? 'text' : 'image',
            at: at.toISO(),
            external_id: dia_id,
          }),
        );
      });
    }
    qa.forEach(({ question: text, evidence, category }, questionNo) => {
      const id = `locomo_${sampleNo}_qa${questionNo}`;
      const kind = CATEGORIES[category] ?? String(category);
      const clean = cleanEvidence(evidence, known);
      if (clean.length === 0) return;
      const question = { id, ref, text, kind, evidence: clean, now };
      questions.push(question);
      const better = cleanEvidence(corrections?.get(id) ?? [], known);
      corrected.push(better.length > 0 ? { ...question, evidence: better } : question);
    });
  });
  return { lines, questions, corrected: corrections ? corrected : null };
}

function readSessions(conversation: Record<string, unknown>) {
  return Object.keys(conversation)
    .filter((key) => /^session_\d+$/.test(key))
    .map((name) => ({
      name,
      startsAt: DateTime.fromFormat(z.string().parse(conversation[`${name}_date_time`]), "h:mm a 'on' d MMMM, yyyy", {
        zone: 'utc',
        locale: 'en',
      }),
      turns: z.array(turn).parse(conversation[name]),
    }));
}

/** Ids such as 'D8:6; D9:17', 'D:11:26' and 'D30:05' are meant as one would think; ids of no turn are left out. */
function cleanEvidence(evidence: readonly string[], known: ReadonlySet<string>): string[] {
  const ids = evidence
    .flatMap((text) => text.split(/[;\s]+/))
    .flatMap((text) => {
      const match = /D:?(\d+):0*(\d+)/.exec(text);
      return match ? [`D${match[1]}:${match[2]}`] : [];
    });
  return [...new Set(ids)].filter((id) => known.has(id));
}

function readCorrections(file: string): Map<string, string[]> | null {
  if (!existsSync(file)) return null;
  const errors = knownErrors.parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(
    errors.flatMap(({ question_id: id, error_type: type, correct_evidence: evidence }) =>
      type === 'WRONG_CITATION' && evidence ? [[id, evidence] as const] : [],
    ),
  );
}
