import type { Tx } from '../database';
import { AppError, isAppError } from '../errors';
import { paidCallFor, type Purchase } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import { callTarget } from '../providers/policy';
import type { EmbeddingModel, EmbeddingProvider, ProviderResult } from '../providers/ports';
import { activeEmbeddings, modelOf, rememberModel } from './active-model';
import { chunksOf, longTexts } from './chunks';
import { factsToEmbed, messagesToEmbed, storeEmbeddings, turnToEmbed, type TextToEmbed } from './embeddings';
import { fillVectors, isOwnDocument, storeDocuments } from './own-documents';
import { noteToEmbed } from './notes/note-to-embed';
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
  const { texts, long } = await deps.db.withTenant(tenantId, async (tx) => {
    const replies = turnId
      ? await tx.message.findMany({ where: { tenantId, groupId: turnId, source: 'bot' }, select: { id: true } })
      : [];
    const replyIds = replies.map(({ id }) => id);
    const messages = await messagesToEmbed(tx, tenantId, { messageIds: [...messageIds, ...replyIds] });
    const turn = turnToEmbed(messages, new Set(replyIds));
    return { texts: turn ? [...messages, turn] : messages, long: await longTexts(tx, tenantId, messageIds) };
  });
  const chunks = await chunksOf(long);
  if (chunks.length > 0) await deps.db.withTenant(tenantId, (tx) => stored(tx, deps, { tenantId, texts: chunks }));
  return embedTexts(deps, { tenantId, turnId, texts: [...texts, ...chunks] }, attempt);
}

/** The same for facts. */
export async function embedFacts(
  deps: MemoryPipelineDeps,
  { tenantId, factIds }: { tenantId: string; factIds: string[] },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, (tx) => factsToEmbed(tx, tenantId, factIds));
  return embedTexts(deps, { tenantId, texts }, attempt);
}

/** The same for the summary of a session. */
export async function embedSummary(
  deps: MemoryPipelineDeps,
  { tenantId, sessionId }: { tenantId: string; sessionId: string },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, async (tx) =>
    stored(tx, deps, { tenantId, texts: await summariesToEmbed(tx, tenantId, sessionId) }),
  );
  return embedTexts(deps, { tenantId, texts }, attempt);
}

/** The same for a note. */
export async function embedNote(
  deps: MemoryPipelineDeps,
  { tenantId, noteId }: { tenantId: string; noteId: string },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, async (tx) =>
    stored(tx, deps, { tenantId, texts: await noteToEmbed(tx, tenantId, noteId) }),
  );
  return embedTexts(deps, { tenantId, texts }, attempt);
}

/** What is a document of its own is found by words before anybody is asked for its vector. */
async function stored(
  tx: Tx,
  { embeddings }: MemoryPipelineDeps,
  { tenantId, texts }: { tenantId: string; texts: TextToEmbed[] },
): Promise<TextToEmbed[]> {
  await storeDocuments(tx, tenantId, { texts, configured: modelOf(embeddings) });
  return texts;
}

interface Texts {
  tenantId: string;
  turnId?: string;
  texts: TextToEmbed[];
  /** Default: the model whose vectors the tenant's searches compare. */
  embeddings?: EmbeddingProvider;
}

/**
 * Makes and stores the vectors of any texts; of documents of their own, which `storeDocuments` has stored, the vectors only.
 *
 * @returns how many are stored.
 * @throws as `embedMessages`
 */
export async function embedTexts(
  deps: MemoryPipelineDeps,
  { tenantId, turnId, texts, embeddings: wanted }: Texts,
  { activityKey, signal }: MemoryAttempt,
): Promise<number> {
  const [first] = texts;
  if (!first) return 0;
  const bought = await paidCallFor(deps, {
    tenantId,
    read: async (tx): Promise<Purchase<Vectors, Pick<Vectors, 'rejected'> & { stored: number }>> => {
      const { embeddings, isFirst } = wanted
        ? { embeddings: wanted, isFirst: false }
        : await activeEmbeddings(tx, tenantId, deps);
      return {
        reservation: {
          tenantId,
          activityKey,
          provider: embeddings.name,
          model: embeddings.model,
          operation: 'embedding',
          subject: { ...ownersOf(texts), groupId: turnId },
          upperBound: { inputTokens: texts.reduce((sum, { embedText }) => sum + tokenUpperBound(embedText), 0) },
        },
        steps: {
          call: () => vectorsOf({ ...deps, embeddings }, texts, signal),
          store: async (storeTx, { vectors, rejected }) => ({
            stored: await storeVectors(storeTx, tenantId, { texts, vectors, of: modelOf(embeddings), isFirst }),
            rejected,
          }),
        },
      };
    },
  });
  const { stored, rejected } = bought;
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
  {
    texts,
    vectors,
    of,
    isFirst,
  }: { texts: TextToEmbed[]; vectors: (number[] | null)[]; of: EmbeddingModel; isFirst: boolean },
): Promise<number> {
  const rows = texts.flatMap(({ embedText: _embedded, conversationId: _payer, ...text }, index) => {
    const embedding = vectors[index];
    return embedding ? [{ ...text, model: of.model, embedding }] : [];
  });
  if (isFirst) await rememberModel(tx, tenantId, of);
  await fillVectors(tx, tenantId, rows.filter(isOwnDocument));
  await storeEmbeddings(
    tx,
    tenantId,
    rows.filter((row) => !isOwnDocument(row)),
  );
  return rows.length;
}
