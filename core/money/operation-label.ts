import type { CallOperation } from '../providers/policy';
import type { PaidOperation } from './types';

/** The ledger's operations under the names that calls have, so that money and calls join in the metrics. */
const LABELS: Readonly<Record<PaidOperation, CallOperation>> = {
  vision: 'vision',
  speech: 'speech',
  document: 'documents',
  embedding: 'embeddings',
  language: 'language',
  rerank: 'rerank',
  message: 'send',
};

export function operationLabel(operation: PaidOperation): CallOperation {
  return LABELS[operation];
}
