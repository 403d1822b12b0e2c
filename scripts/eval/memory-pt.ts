import { writeFileSync } from 'node:fs';
import { askAll, type Answered, type Way } from './ask';
import { loadCorpus } from './corpus';
import { configuredEmbeddings } from './embed';
import { byKind, percentileMs, recallAt, sessionRecallAt, turnRecall } from './figures';
import { calibration, nothingRelevant } from './relevance-figures';
import { goldQuestions, readMemoryPt } from './memory-pt-data';
import { otherWays } from './ways';
import { withEmptyDatabase } from './with-database';

const LEGS_ALONE: ReadonlySet<string> = new Set(['keyword_only', 'vector_only', 'graph_only', 'hybrid, rrf']);

export interface MemoryPtOptions {
  jsonFile?: string;
  /** Only the contacts that weights are tuned on, and beside the default only the legs. */
  tuning: boolean;
  /** Names the questions of the tuning part whose evidence was not within the first ten. */
  misses: boolean;
}

/** How much of the evidence the product's search finds in our own Brazilian chats. */
export async function evaluateMemoryPt({ jsonFile, tuning, misses }: MemoryPtOptions): Promise<object> {
  const data = readMemoryPt();
  const tuned = new Set(data.contacts.flatMap(({ ref, part }) => (part === 'tuning' ? [ref] : [])));
  const isHeld = ({ question }: Answered) => !tuned.has(question.ref);
  const questions = goldQuestions(data).filter(({ ref }) => !tuning || tuned.has(ref));
  const unanswerable = questions.filter(({ evidence }) => evidence.length === 0);
  const answerable = questions.filter(({ evidence }) => evidence.length > 0);
  const embeddings = configuredEmbeddings();
  const report = await withEmptyDatabase(async (db, database) => {
    console.error('loading the conversations …');
    const corpus = await loadCorpus(db, embeddings, data.lines);
    const ask = (way: Way) => askAll(db, embeddings, corpus, answerable, way);
    console.error(`asking ${answerable.length} questions …`);
    const answers = await ask({ strategy: 'hybrid' });
    if (misses) showMisses(answers.filter((answer) => !isHeld(answer)));
    console.error(`asking ${unanswerable.length} questions without an answer …`);
    const open = await askAll(db, embeddings, corpus, unanswerable, { strategy: 'hybrid', minRelevance: 0 });
    const all = await ask({ strategy: 'hybrid', minRelevance: 0 });
    const held = answers.filter(isHeld);
    const strategies: Record<string, object> = { hybrid: strategyFigures(answers, isHeld) };
    for (const [name, way] of otherWays()) {
      if (tuning && !LEGS_ALONE.has(name)) continue;
      console.error(`strategy ${name} …`);
      strategies[name] = strategyFigures(await ask(way), isHeld);
    }
    return {
      dataset: 'memory-pt',
      contacts: data.contacts.length,
      messages: data.messages.length,
      questions: answerable.length,
      embedder: embeddings.model,
      database,
      scope: 'contact',
      turn: turnRecall(answers),
      session: { r1: sessionRecallAt(1, answers), r5: sessionRecallAt(5, answers) },
      byKind: byKind(answers),
      heldOut: { questions: held.length, turn: turnRecall(held), byKind: byKind(held) },
      strategies,
      nothingRelevant: nothingRelevant(all, open),
      nothingRelevantHeldOut: nothingRelevant(all.filter(isHeld), open.filter(isHeld)),
      calibrationHeldOut: calibration([...all, ...open].filter(isHeld)),
      p95Ms: percentileMs(0.95, answers),
    };
  });
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function strategyFigures(answers: readonly Answered[], isHeld: (answer: Answered) => boolean) {
  const figures = (of: readonly Answered[]) => ({ r1: recallAt(1, of), r5: recallAt(5, of), r10: recallAt(10, of) });
  return { ...figures(answers), heldOut: figures(answers.filter(isHeld)) };
}

function showMisses(answers: readonly Answered[]): void {
  for (const { question, turns } of answers) {
    const places = question.evidence.map((id) => turns.indexOf(id) + 1);
    if (places.some((place) => place === 0 || place > 5)) {
      console.error(`${question.ref}: ${question.text} ${question.evidence.join(',')} at ${places.join(',')}`);
    }
  }
}
