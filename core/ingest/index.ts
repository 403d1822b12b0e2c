export { createChannelCounters, type ChannelCounters } from './channel-counters';
export { storeDeadLetter } from './dead-letters';
export { createChannelFinder, type WebhookChannel } from './find-channel';
export { handleWahaEvent } from './handle-waha-event';
export { ingestMessage, type IngestDeps } from './ingest-message';
export { isSignedBy, isStale } from './signature';
export type { ChannelRef, ContactAddress, ContentType, IncomingMessage, IngestResult } from './types';
export { canonicalPhoneDigits, parseAddress, phoneVariants } from './waha/identity';
export { normaliseMessageId } from './waha/message-id';
