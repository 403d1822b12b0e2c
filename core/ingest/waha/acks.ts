export type AckStatus = 'queued' | 'sent' | 'delivered' | 'read' | 'played' | 'failed';

const STATUS_OF_ACK: Record<number, AckStatus> = {
  [-1]: 'failed',
  0: 'queued',
  1: 'sent',
  2: 'delivered',
  3: 'read',
  4: 'played',
};

/** The status WAHA's acknowledgement number stands for. */
export function statusOfAck(ack: number): AckStatus | null {
  return STATUS_OF_ACK[ack] ?? null;
}

/**
 * The statuses a message may have for this acknowledgement to move it on. Everything else is late or repeated news.
 * Proof of arrival outweighs an error reported before it, so `failed` can still become delivered, read or played;
 * a cancelled message was never sent and stays as it is.
 */
export const MOVES_FROM: Record<AckStatus, readonly string[]> = {
  queued: [],
  sent: ['queued', 'sending', 'unknown'],
  delivered: ['queued', 'sending', 'unknown', 'sent', 'failed'],
  read: ['queued', 'sending', 'unknown', 'sent', 'delivered', 'failed'],
  played: ['queued', 'sending', 'unknown', 'sent', 'delivered', 'read', 'failed'],
  failed: ['queued', 'sending', 'unknown', 'sent'],
};
