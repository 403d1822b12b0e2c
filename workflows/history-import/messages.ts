import { defineQuery } from '@temporalio/workflow';
import type { HistoryImportProgress } from './types';

export const getImportProgress = defineQuery<HistoryImportProgress>('getImportProgress');
