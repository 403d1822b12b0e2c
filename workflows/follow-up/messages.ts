import { defineSignal } from '@temporalio/workflow';

/** It has another time or text, or was cancelled; its row says which. */
export const followUpChanged = defineSignal('followUpChanged');
