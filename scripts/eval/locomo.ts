import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SEARCH_STRATEGIES } from '../../core/memory';
import { createLocalEmbeddings } from '../../core/providers/local/embeddings';
import { askAll, type Answered, type Way } from './ask';
import { loadCorpus } from './corpus';
import { allAt, byKind, percentileMs, recallAt, sessionRecallAt, turnRecall } from './figures';
import { readLocomo } from './locomo-data';
import { withEmptyDatabase } from './with-database';

/** Weights are tuned on these two; the others are reported as held out. */
const TUNED_ON = ['conv-26', 'conv-30'];

export interface LocomoOptions {
  dataFile: string;
  jsonFile?: string;
  /** Only the conversations that weights are tuned on, and only the default way: for tuning. */
  tuning: boolean;
}

/** How much of the evidence the product's search finds in LoCoMo. Null when the data set is not there. */
export async function evaluateLocomo({ dataFile, jsonFile, tuning }: LocomoOptions): Promise<object | null> {
  if (!existsSync(dataFile)) {
    console.error(
      `skipped: there is no ${path.resolve(dataFile)}. LoCoMo is not part of this project (CC BY-NC 4.0, evaluation only); ` +
        'give the place of locomo10.json with --data.',
    );
    return null;
  }
  const data = readLocomo(dataFile);
  const embeddings = createLocalEmbeddings();
  const report = await withEmptyDatabase(async (db, database) => {
    const corpus = await loadCorpus(db, embeddings, data.lines);
    const questions = data.questions.filter(({ ref }) => !tuning || TUNED_ON.includes(ref));
    const ask = (way: Way, asked = questions) => askAll(db, embeddings, corpus, asked, way);
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
      strategies: await strategies(ask, tuning),
      p95Ms: percentileMs(0.95, answers),
    };
  });
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function sessionFigures(answers: readonly Answered[]): { r5: number; r10: number } {
  return { r5: sessionRecallAt(5, answers), r10: sessionRecallAt(10, answers) };
}

async function strategies(
  ask: (way: Way) => Promise<Answered[]>,
  tuning: boolean,
): Promise<Record<string, { r10: number }>> {
  const ways: [string, Way][] = SEARCH_STRATEGIES.filter((strategy) => strategy !== 'custom').map((strategy) => [
    strategy,
    { strategy },
  ]);
  ways.push(['hybrid, rrf', { strategy: 'hybrid', fusion: 'rrf' }]);
  const wanted = tuning ? ways.filter(([name]) => /^(?:keyword_only|vector_only|hybrid, rrf)$/.test(name)) : ways;
  const figures: Record<string, { r10: number }> = {};
  for (const [name, way] of wanted) figures[name] = { r10: recallAt(10, await ask(way)) };
  return figures;
}
