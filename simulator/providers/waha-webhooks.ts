import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** Where a session's events go, and how patient the sender is. */
export interface WebhookTarget {
  session: string;
  url: string;
  /** Null: events are sent without a signature. */
  hmacKey: string | null;
  /** Event names that are sent. Absent: all. */
  events?: string[];
  /** After a failed delivery: constant 2000 ms x 15 unless given. */
  retryDelayMs?: number;
  retryAttempts?: number;
  /** Whether a send is followed by message.any and acks 1, 2, 3. True unless given. */
  emitSendEvents?: boolean;
}

export interface WahaEnvelope {
  id: string;
  timestamp: number;
  event: string;
  session: string;
  [name: string]: unknown;
}

/** Outcome of a first attempt. 0: the connection failed. */
export interface Delivery {
  status: number;
}

const RETRY_DELAY_MS = 2_000;
const RETRY_ATTEMPTS = 15;

/** Sends signed webhooks over kept connections and retries in the background, as WAHA does. */
export class WebhookSender {
  private agent = new Agent({ connections: 256, keepAliveTimeout: 4_000 });
  private stopping = new AbortController();
  private readonly retrying = new Set<Promise<void>>();
  private inFlight = 0;

  /**
   * Resolves with the first attempt's outcome. A failed one is retried in the background.
   *
   * `hmacKey` replaces the target's: another key gives a wrong signature, null none.
   */
  async deliver(target: WebhookTarget, envelope: WahaEnvelope, hmacKey = target.hmacKey): Promise<Delivery> {
    const raw = JSON.stringify(envelope);
    const status = await this.attempt(target.url, raw, hmacKey);
    if (!isAccepted(status)) {
      const retry = this.retry(target, raw, hmacKey).finally(() => this.retrying.delete(retry));
      this.retrying.add(retry);
    }
    return { status };
  }

  /** Deliveries that are on their way or waiting for a retry. */
  pendingCount(): number {
    return this.inFlight + this.retrying.size;
  }

  /** Drops what is waiting for a retry. */
  async cancelRetries(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.retrying);
    this.stopping = new AbortController();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.retrying);
    await this.agent.destroy();
  }

  private async retry(target: WebhookTarget, raw: string, hmacKey: string | null): Promise<void> {
    const { signal } = this.stopping;
    for (let attempt = 0; attempt < (target.retryAttempts ?? RETRY_ATTEMPTS); attempt++) {
      await sleep(target.retryDelayMs ?? RETRY_DELAY_MS, undefined, { signal, ref: false }).catch(ignoreAbort);
      if (signal.aborted || isAccepted(await this.attempt(target.url, raw, hmacKey))) return;
    }
  }

  private async attempt(url: string, raw: string, hmacKey: string | null): Promise<number> {
    const signature: Record<string, string> = hmacKey === null ? {} : signatureHeaders(raw, hmacKey);
    this.inFlight += 1;
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        dispatcher: this.agent,
        headers: {
          'content-type': 'application/json',
          'x-webhook-request-id': randomUUID(),
          'x-webhook-timestamp': String(Date.now()),
          ...signature,
        },
        body: raw,
      });
      await body.dump();
      return statusCode;
    } catch (error) {
      // Every failure of the connection is an Error with a code; a bug of ours is not.
      if (error instanceof Error && 'code' in error) return 0;
      throw error;
    } finally {
      this.inFlight -= 1;
    }
  }
}

/** Hex HMAC-SHA512 of the raw body. */
export const signatureHeaders = (raw: string, hmacKey: string): Record<string, string> => ({
  'x-webhook-hmac': createHmac('sha512', hmacKey).update(raw).digest('hex'),
  'x-webhook-hmac-algorithm': 'sha512',
});

const isAccepted = (status: number): boolean => status >= 200 && status < 300;

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
