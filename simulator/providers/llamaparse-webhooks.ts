import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { isRecord, textOf } from '../http';

/** Of a parse job. */
export type JobStatus = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

interface WebhookTarget {
  url: string;
  secret: string;
  /** Empty: all. */
  events: string[];
}

const EVENTS: Partial<Record<JobStatus, string>> = {
  COMPLETED: 'parse.success',
  FAILED: 'parse.error',
  CANCELLED: 'parse.cancelled',
};
const LOOK_EVERY_MS = 25;
const TRIES = 6;
const FIRST_RETRY_MS = 200;
const ANSWER_LIMIT_MS = 5_000;

/** What a parse request configures. Only the format `json` is sent. */
export function webhooksOf(body: Record<string, unknown>): WebhookTarget[] {
  const configured = Array.isArray(body.webhook_configurations) ? body.webhook_configurations : [];
  return configured.filter(isRecord).map((one) => ({
    url: textOf(one.webhook_url),
    secret: textOf(one.webhook_signing_secret),
    events: Array.isArray(one.webhook_events) ? one.webhook_events.map(textOf) : [],
  }));
}

/** `LC-Signature` of a body: HMAC-SHA256 over its bytes. */
export function parserSignature(secret: string, raw: string): string {
  return `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
}

/** Tells of jobs that are over, signed, and tries again with growing pauses when the receiver refuses, as LlamaCloud does. */
export class JobWebhooks {
  private stopping = new AbortController();

  tell(target: WebhookTarget, jobId: string, statusOf: () => JobStatus): void {
    const { signal } = this.stopping;
    this.deliver(target, { jobId, statusOf, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Of all jobs. */
  forget(): void {
    this.stopping.abort();
    this.stopping = new AbortController();
  }

  private async deliver(
    { url, secret, events }: WebhookTarget,
    { jobId, statusOf, signal }: { jobId: string; statusOf: () => JobStatus; signal: AbortSignal },
  ): Promise<void> {
    let event: string | undefined;
    while ((event = EVENTS[statusOf()]) === undefined) await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false });
    if (events.length > 0 && !events.includes(event)) return;
    const raw = JSON.stringify({
      event_id: `evt_${randomUUID()}`,
      event_type: event,
      timestamp: Math.floor(Date.now() / 1000),
      data: { job_id: jobId },
    });
    const headers = {
      'content-type': 'application/json',
      ...(secret ? { 'lc-signature': parserSignature(secret, raw) } : {}),
    };
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (await isTaken(url, { headers, body: raw })) return;
      await sleep(FIRST_RETRY_MS * 2 ** attempt, undefined, { signal, ref: false });
    }
  }
}

async function isTaken(url: string, of: { headers: Record<string, string>; body: string }): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url, { method: 'POST', ...of, headersTimeout: ANSWER_LIMIT_MS });
    await body.dump();
    return statusCode < 300;
  } catch (error) {
    // Every failure of the connection is an Error with a code; a bug of ours is not.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
