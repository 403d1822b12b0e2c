import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ConversationMessage, Handler } from '../../core/conversation/types';
import type { ConversationState, HandedBack } from './types';

export const messageReceived = defineSignal<[ConversationMessage]>('messageReceived');
/** The text of a medium is there, or it is certain that there will be none. */
export const mediaSettled =
  defineSignal<[{ messageId: string; hasText: boolean; isRemembered: boolean }]>('mediaSettled');
/** `unanswered`: the agents have it back, with what nobody answered. */
export const handlerChanged =
  defineSignal<[{ handler: Handler; unanswered?: HandedBack | undefined }]>('handlerChanged');
export const getState = defineQuery<ConversationState>('getState');
