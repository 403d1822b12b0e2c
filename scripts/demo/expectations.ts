import { loadConfig } from '../../core/config';
import type { Stack } from '../embedded/stack';
import type { Expectations } from './checks';
import { CONVERSATION } from './conversation';

/** What must happen, given the conversation and the providers that the stack was configured with. */
export function expectationsOf({ env, providers }: Stack): Expectations {
  const { VISION_CHAIN: vision, SPEECH_CHAIN: speech, DOCUMENT_CHAIN: documents } = loadConfig(env);
  return {
    kinds: CONVERSATION.flat().map(({ kind }) => kind),
    turns: CONVERSATION.length,
    readers: { image: vision, voice: speech, document: documents, video: [...vision, ...speech] },
    isScripted: providers !== undefined && providers.real.length === 0,
  };
}
