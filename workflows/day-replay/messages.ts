import { defineQuery } from '@temporalio/workflow';
import type { DayReplayProgress } from './types';

export const getDayReplayProgress = defineQuery<DayReplayProgress>('getDayReplayProgress');
