import type { Tx } from '../database';
import { AppError, isAppError } from '../errors';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import { callTarget } from '../providers/policy';
import type { ProviderResult } from '../providers/ports';
import { factsToEmbed, messagesToEmbed, storeEmbeddings, type TextToEmbed } from './embeddings';
import { summariesToEmbed } from './summaries/store';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';

/**
 * Makes the vectors of messages, and of the reply of their turn, in one batch. Doing it again stores nothing new.
 *
 * @returns how many texts were embedded.
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, EMBEDDING_DIMENSION_MISMATCH;
 * PROVIDER_REJECTED names the texts that the provider refuses, after the others are stored
 */
export async function embedMessages(
  deps: MemoryPipelineDeps,
  { tenantId, messageIds, turnId }: { tenantId: string; messageIds: string[]; turnId?: string },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, async (tx) => {
    const replies = turnId
      ? await tx.message.findMany({ where: { tenantId, groupId: turnId, source: 'bot' }, select: { id: true } })
      : [];
    return messagesToEmbed(tx, tenantId, { messageIds: [...messageIds, ...replies.map(({ id }) => id)] });
  });
  return embed(deps, { tenantId, turnId, texts }, attempt);
}

/** The same for facts. */
export async function embedFacts(
  deps: MemoryPipelineDeps,
  { tenantId, factIds }: { tenantId: string; factIds: string[] },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, (tx) => factsToEmbed(tx, tenantId, factIds));
  return embed(deps, { tenantId, texts }, attempt);
}

/** The same for the summary of a session. */
export async function embedSummary(
  deps: MemoryPipelineDeps,
  { tenantId, sessionId }: { tenantId: string; sessionId: string },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, (tx) => summariesToEmbed(tx, tenantId, sessionId));
  return embed(deps, { tenantId, texts }, attempt);
}

async function embed(
  deps: MemoryPipelineDeps,
  { tenantId, turnId, texts }: { tenantId: string; turnId?: string; texts: TextToEmbed[] },
  { activityKey, signal }: MemoryAttempt,
): Promise<number> {
  const [first] = texts;
  if (!first) return 0;
  const { embeddings } = deps;
  const { stored, rejected } = await paidCall(
    deps,
    {
      tenantId,
      activityKey,
      provider: embeddings.name,
      model: embeddings.model,
      operation: 'embedding',
      subject: { ...ownersOf(texts), groupId: turnId },
      upperBound: { inputTokens: texts.reduce((sum, { embedText }) => sum + tokenUpperBound(embedText), 0) },
    },
    {
      call: () => vectorsOf(deps, texts, signal),
      store: async (tx, { vectors, rejected }) => ({
        stored: await storeVectors(tx, tenantId, { texts, vectors, model: embeddings.model }),
        rejected,
      }),
    },
  );
  if (rejected) throw rejected;
  return stored;
}

/** The contact and the conversation that all texts belong to; of an import's they can be many, and then none pays. */
function ownersOf(texts: TextToEmbed[]): { contactId: string | null; conversationId: string | null } {
  const only = (ids: (string | null)[]) => (new Set(ids).size === 1 ? (ids[0] ?? null) : null);
  return {
    contactId: only(texts.map(({ contactId }) => contactId)),
    conversationId: only(texts.map(({ conversationId }) => conversationId)),
  };
}

interface Vectors extends ProviderResult {
  /** In the order of the texts; null for one that the provider rejected. */
  vectors: (number[] | null)[];
  /** Names what was rejected; null when nothing was. */
  rejected: AppError | null;
}

/** All texts in one call; one by one when the provider rejects them together, so that a bad text costs only itself. */
async function vectorsOf(deps: MemoryPipelineDeps, texts: TextToEmbed[], signal: AbortSignal): Promise<Vectors> {
  try {
    return { ...(await request(deps, texts, signal)), rejected: null };
  } catch (error) {
    if (!isAppError(error, 'PROVIDER_REJECTED') || texts.length === 1) throw error;
  }
  const vectors: (number[] | null)[] = [];
  const bad: TextToEmbed[] = [];
  const requestIds: string[] = [];
  let inputTokens = 0;
  for (const text of texts) {
    try {
      const { vectors: own, usage, requestIds: ids = [] } = await request(deps, [text], signal);
      vectors.push(own[0] ?? null);
      inputTokens += usage.inputTokens ?? 0;
      requestIds.push(...ids);
    } catch (error) {
      if (!isAppError(error, 'PROVIDER_REJECTED')) throw withUsage(error, { inputTokens, requestIds });
      vectors.push(null);
      bad.push(text);
    }
  }
  const rejected = bad.length > 0 ? rejection(deps.embeddings.name, bad) : null;
  if (rejected && bad.length === texts.length) throw rejected;
  return { vectors, rejected, model: deps.embeddings.model, usage: { inputTokens }, requestIds };
}

/** The texts before the one that failed were billed. */
function withUsage(
  error: unknown,
  { inputTokens, requestIds }: { inputTokens: number; requestIds: string[] },
): unknown {
  if (!isAppError(error) || inputTokens === 0) return error;
  const { code, message, retryAfterMs } = error;
  const details = { ...error.details, usage: { inputTokens }, requestIds };
  return new AppError(code, message, { retryAfterMs, cause: error, details });
}

function request({ embeddings, callPolicy }: MemoryPipelineDeps, texts: TextToEmbed[], signal: AbortSignal) {
  const inputs = texts.map(({ embedText }) => embedText);
  return callPolicy.run(callTarget(embeddings, 'embeddings'), signal, (options) =>
    embeddings.embed({ texts: inputs, task: 'document' }, options),
  );
}

function rejection(provider: string, texts: TextToEmbed[]): AppError {
  const messageIds = texts.flatMap(({ messageId }) => messageId ?? []);
  const factIds = texts.flatMap(({ factId }) => factId ?? []);
  const names = [...messageIds.map((id) => `message ${id}`), ...factIds.map((id) => `fact ${id}`)].join(', ');
  return new AppError('PROVIDER_REJECTED', `${provider} refused to embed ${names}; every other text is stored`, {
    details: { provider, messageIds, factIds },
  });
}

async function storeVectors(
  tx: Tx,
  tenantId: string,
  { texts, vectors, model }: { texts: TextToEmbed[]; vectors: (number[] | null)[]; model: string },
): Promise<number> {
  const rows = texts.flatMap(({ embedText: _embedded, conversationId: _payer, ...text }, index) => {
    const embedding = vectors[index];
    return embedding ? [{ ...text, model, embedding }] : [];
  });
  await storeEmbeddings(tx, tenantId, rows);
  return rows.length;
}
