import { readFileSync } from 'node:fs';
import path from 'node:path';
import { paidCall } from '../../money/paid-call';
import { tokenUpperBound } from '../../money/token-bound';
import type { EmbedQueryDeps } from '../../memory/embed-query';
import { callTarget } from '../../providers/policy';
import { projectRoot } from '../../project-root';
import { INTENTS, type IntentRouter, type IntentScores, type RouterCall } from './types';

/** From here on two texts mean the same (domain reference, section 5). */
const SAME_MEANING = 0.75;

const EXAMPLES = JSON.parse(
  readFileSync(path.join(projectRoot(), 'core/agents/intents/examples.json'), 'utf8'),
) as IntentScoresOf<string[]>;

type IntentScoresOf<Value> = Record<(typeof INTENTS)[number], Value>;

/**
 * An intent scores the cosine of its example nearest to the message. Cosines below .75 say nothing, so there all scores
 * are kept below the floor of certainty. The vectors of the examples are made once a process.
 */
export function createEmbeddingRouter(deps: EmbedQueryDeps): IntentRouter {
  let examples: IntentScoresOf<number[][]> | undefined;

  /** @throws AppError of the embedder, PRICE_UNKNOWN */
  function embed(texts: string[], task: 'document' | 'query', key: string, call: RouterCall): Promise<number[][]> {
    const { embeddings } = deps;
    const { tenantId, turnId, contactId, conversationId, activityKey } = call;
    return paidCall(
      deps,
      {
        tenantId,
        activityKey: `${activityKey}:${key}`,
        provider: embeddings.name,
        model: embeddings.model,
        operation: 'embedding',
        subject: { contactId, conversationId, groupId: turnId },
        upperBound: { inputTokens: texts.reduce((sum, text) => sum + tokenUpperBound(text), 0) },
      },
      {
        call: () =>
          deps.callPolicy.run(callTarget(embeddings, 'embeddings'), call.signal, (options) =>
            embeddings.embed({ texts, task }, options),
          ),
        store: (_tx, { vectors }) => Promise.resolve(vectors),
      },
    );
  }

  async function exampleVectors(call: RouterCall): Promise<IntentScoresOf<number[][]>> {
    if (examples) return examples;
    const vectors = await embed(
      INTENTS.flatMap((intent) => EXAMPLES[intent]),
      'document',
      'intent-examples',
      call,
    );
    let taken = 0;
    examples = Object.fromEntries(
      INTENTS.map((intent) => [intent, vectors.slice(taken, (taken += EXAMPLES[intent].length))]),
    ) as IntentScoresOf<number[][]>;
    return examples;
  }

  return {
    name: 'embedding',
    async route(text, call) {
      const known = await exampleVectors(call);
      const [vector = []] = await embed([text], 'query', 'intent', call);
      const scores = Object.fromEntries(
        INTENTS.map((intent) => [intent, Math.max(0, ...known[intent].map((example) => cosine(vector, example)))]),
      ) as IntentScores;
      const nearest = Math.max(...INTENTS.map((intent) => scores[intent]));
      if (nearest >= SAME_MEANING) return scores;
      return Object.fromEntries(INTENTS.map((intent) => [intent, scores[intent] * 0.9])) as IntentScores;
    },
  };
}

function cosine(left: number[], right: number[]): number {
  let dot = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  left.forEach((value, index) => {
    const other = right[index] ?? 0;
    dot += value * other;
    leftSquares += value * value;
    rightSquares += other * other;
  });
  return leftSquares === 0 || rightSquares === 0 ? 0 : dot / Math.sqrt(leftSquares * rightSquares);
}
