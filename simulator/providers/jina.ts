import { isRecord, textOf } from '../http';
import type { Answer, Call, ProviderHandler } from '../types';
import { wordVector } from '../word-vectors';
import { bearerFailure, failure, notFound, tokensIn } from './shared';

const MODELS = ['jina-reranker-v2-base-multilingual', 'jina-reranker-v3'];
const DIMENSIONS = 256;

/** Jina: rerank, by how many words a text shares with the query. */
export function jinaHandler(apiKey: string | undefined): ProviderHandler {
  return (call) =>
    bearerFailure(call, apiKey) ??
    (`${call.method} ${call.path}` === 'POST /v1/rerank' ? rerank(call) : notFound(call));
}

function rerank(call: Call): Answer {
  const body = isRecord(call.body) ? call.body : {};
  const model = textOf(body.model);
  const query = textOf(body.query);
  const documents = Array.isArray(body.documents) ? body.documents.map(documentText) : [];
  if (!MODELS.includes(model)) {
    return failure('jina', 400, `Model ${model} is not supported`, 'INPUT_MODEL_NOT_FOUND');
  }
  if (!query || documents.length === 0) {
    return failure('jina', 422, 'query and documents must not be empty', 'INPUT_VALIDATION_ERROR');
  }
  const topN = typeof body.top_n === 'number' ? body.top_n : documents.length;
  const inputTokens = documents.reduce((sum, text) => sum + tokensIn(query) + tokensIn(text), 0);
  const asked = wordVector(query, DIMENSIONS);
  const results = documents
    .map((text, index) => ({ index, relevance_score: similarity(asked, wordVector(text, DIMENSIONS)), text }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, topN)
    .map(({ text, ...result }) => (body.return_documents === false ? result : { ...result, document: { text } }));
  return {
    status: 200,
    operation: 'rerank',
    billed: { model, inputTokens },
    body: { model, object: 'list', usage: { total_tokens: inputTokens }, results },
  };
}

const documentText = (document: unknown): string => (isRecord(document) ? textOf(document.text) : textOf(document));

/** The cosine of two unit vectors, from 0 to 1. */
function similarity(a: number[], b: number[]): number {
  const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return Math.round(Math.max(0, Math.min(1, product)) * 1e6) / 1e6;
}
