import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../errors';
import { requireProvider } from '../../enrichment/subject';
import type { PaidCallDeps } from '../../money/paid-call';
import { paidLanguageCall } from '../../money/paid-language-call';
import type { CallPolicy } from '../../providers/policy';
import type { Providers } from '../../providers/registry';
import { projectRoot } from '../../project-root';
import { jsonOrNull } from '../../text';
import { INTENTS, type Intent, type IntentRouter, type IntentScores } from './types';

const PROMPT = readFileSync(path.join(projectRoot(), 'core/agents/intents/prompt.md'), 'utf8').trim();
const MAX_OUTPUT_TOKENS = 60;

const answerSchema = z.object({ intent: z.enum(INTENTS), confidence: z.number().min(0).max(1) });
const ANSWER_JSON_SCHEMA = {
  type: 'object',
  properties: { intent: { type: 'string', enum: [...INTENTS] }, confidence: { type: 'number' } },
  required: ['intent', 'confidence'],
  additionalProperties: false,
};

export interface ModelRouterDeps extends PaidCallDeps {
  providers: Pick<Providers, 'language' | 'chains'>;
  callPolicy: CallPolicy;
}

/** Asks the first language model of the chain, for messages on which the free routers are unsure. */
export function createModelRouter(deps: ModelRouterDeps): IntentRouter {
  return {
    name: 'model',
    /** @throws AppError of the model, PRICE_UNKNOWN, MODEL_OUTPUT_INVALID */
    async route(text, { tenantId, turnId, contactId, conversationId, previous, activityKey, signal }) {
      const content = previous ? `[conversation so far: ${previous}]\n${text}` : text;
      const model = requireProvider(deps.providers.language, deps.providers.chains.language[0] ?? '');
      const answer = await paidLanguageCall(
        deps,
        {
          tenantId,
          activityKey: `${activityKey}:intent`,
          model,
          subject: { contactId, conversationId, groupId: turnId },
          input: {
            system: PROMPT,
            messages: [{ role: 'user', content }],
            responseSchema: { name: 'intent', schema: ANSWER_JSON_SCHEMA },
            temperature: 0,
            maxOutputTokens: MAX_OUTPUT_TOKENS,
          },
          signal,
        },
        (_tx, { text: json }) => Promise.resolve(json),
      );
      return scoresOf(answer);
    },
  };
}

function scoresOf(answer: string): IntentScores {
  const parsed = answerSchema.safeParse(jsonOrNull(answer));
  if (!parsed.success) throw new AppError('MODEL_OUTPUT_INVALID', 'The model named no intent');
  const { intent, confidence } = parsed.data;
  const rest = (1 - confidence) / (INTENTS.length - 1);
  return Object.fromEntries(INTENTS.map((each: Intent) => [each, each === intent ? confidence : rest])) as IntentScores;
}
