import { defineQuery } from '@temporalio/workflow';
import type { GraphProjectionProgress } from './types';

export const getGraphProjectionProgress = defineQuery<GraphProjectionProgress>('getGraphProjectionProgress');
