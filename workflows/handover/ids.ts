import type { HandoverInput } from './types';

/** One wait for a person: of a conversation since its handler changed last. */
export function handoverWorkflowId({ tenantId, conversationId, handlerVersion }: HandoverInput): string {
  return `t:${tenantId}:handover:${conversationId}:${handlerVersion}`;
}
