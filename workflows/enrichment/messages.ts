import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { EnrichmentState } from './types';

/** An operator wants the chain tried again now, not when the wait is over. */
export const retryNow = defineSignal('retryNow');
/** An operator has given the medium up; its row says so already. */
export const giveUp = defineSignal('giveUp');
/** The provider says that its job is over, however it ended. */
export const documentParsed = defineSignal<[{ jobId: string }]>('documentParsed');
export const getState = defineQuery<EnrichmentState>('getState');
