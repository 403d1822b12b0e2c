import { defineQuery } from '@temporalio/workflow';
import type { ReembeddingProgress } from './types';

export const getReembeddingProgress = defineQuery<ReembeddingProgress>('getReembeddingProgress');
