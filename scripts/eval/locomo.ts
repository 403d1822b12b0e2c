import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { askAll, type Answered, type GoldQuestion, type Way } from './ask';
import { loadCorpus } from './corpus';
import { configuredEmbeddings } from './embed';
import { allAt, byKind, percentileMs, recallAt, sessionRecallAt, turnRecall } from './figures';
import { readLocomo } from './locomo-data';
import { otherWays } from './ways';
import { withEmptyDatabase } from './with-database';

/** Weights are tuned on these two; the others are reported as held out. */
const TUNED_ON = ['conv-26', 'conv-30'];
/** What is compared with the default is asked everything, as it is. */
const WHOLE: ReadonlySet<string> = new Set(['keyword_only', 'vector_only', 'hybrid, rrf']);
const SAMPLE_EVERY = 5;

export interface LocomoOptions {
  dataFile: string;
  jsonFile?: string;
  /** Only the conversations that weights are tuned on, and only the default way: for tuning. */
  tuning: boolean;
  /** Every strategy on every question, which takes a quarter of an hour; otherwise some are asked one in five. */
  allStrategies: boolean;
}

/** How much of the evidence the product's search finds in LoCoMo. Null when the data set is not there. */
export async function evaluateLocomo(options: LocomoOptions): Promise<object | null> {
  const { dataFile, jsonFile, tuning } = options;
  if (!existsSync(dataFile)) {
    console.error(
      `skipped: there is no ${path.resolve(dataFile)}. LoCoMo is not part of this project (CC BY-NC 4.0, evaluation only); ` +
        'give the place of locomo10.json with --data.',
    );
    return null;
  }
  const data = readLocomo(dataFile);
  const embeddings = configuredEmbeddings();
  const report = await withEmptyDatabase(async (db, database) => {
    console.error('loading the conversations …');
    const corpus = await loadCorpus(db, embeddings, data.lines);
    const questions = data.questions.filter(({ ref }) => !tuning || TUNED_ON.includes(ref));
    const ask = (way: Way, asked: readonly GoldQuestion[] = questions) => askAll(db, embeddings, corpus, asked, way);
    console.error(`asking ${questions.length} questions …`);
    const answers = await ask({ strategy: 'hybrid' });
    const held = answers.filter(({ question }) => !TUNED_ON.includes(question.ref));
    const corrected = data.corrected && !tuning ? await ask({ strategy: 'hybrid' }, data.corrected) : null;
    return {
      dataset: 'locomo10',
      questions: questions.length,
      embedder: embeddings.model,
      database,
      scope: 'contact',
      language: 'Portuguese and English stems, image captions indexed',
      turn: turnRecall(answers),
      all10: allAt(10, answers),
      session: sessionFigures(answers),
      byCategory: byKind(answers),
      heldOut: { questions: held.length, turn: turnRecall(held), session: sessionFigures(held) },
      ...(corrected ? { correctedEvidence: turnRecall(corrected) } : {}),
      strategies: await strategies(ask, { questions, answers }, options),
      p95Ms: percentileMs(0.95, answers),
    };
  });
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function sessionFigures(answers: readonly Answered[]): { r5: number; r10: number } {
  return { r5: sessionRecallAt(5, answers), r10: sessionRecallAt(10, answers) };
}

interface StrategyFigure {
  r10: number;
  /** How many questions it was asked. */
  questions: number;
}

async function strategies(
  ask: (way: Way, asked: readonly GoldQuestion[]) => Promise<Answered[]>,
  { questions, answers }: { questions: readonly GoldQuestion[]; answers: readonly Answered[] },
  { tuning, allStrategies: isFull }: LocomoOptions,
): Promise<Record<string, StrategyFigure>> {
  const ways = otherWays();
  const wanted = tuning ? ways.filter(([name]) => WHOLE.has(name)) : ways;
  const figures: Record<string, StrategyFigure> = {
    hybrid: { r10: recallAt(10, answers), questions: questions.length },
  };
  for (const [name, way] of wanted) {
    console.error(`strategy ${name} …`);
    const isWhole = tuning || isFull || WHOLE.has(name);
    const asked = isWhole ? questions : questions.filter((_question, index) => index % SAMPLE_EVERY === 0);
    figures[name] = { r10: recallAt(10, await ask(way, asked)), questions: asked.length };
  }
  return figures;
}
