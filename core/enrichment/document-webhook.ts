import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Config } from '../config';
import type { DocumentWebhook } from '../providers/ports';

export const DOCUMENT_WEBHOOK_PATH = '/api/v1/webhooks/llamaparse';

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

type WebhookConfig = Pick<
  Config,
  'PUBLIC_URL' | 'ENCRYPTION_KEY' | 'LLAMA_CLOUD_BASE_URL' | 'DOCUMENT_WEBHOOK_WAIT_MS'
>;

/**
 * Where LlamaParse tells that a job is over; null when it is to be polled: it is switched off, or there is no address that can
 * be reached. LlamaCloud takes https only; one at an address of our own may use http.
 */
export function documentWebhook(config: WebhookConfig): DocumentWebhook | null {
  const { PUBLIC_URL: publicUrl, LLAMA_CLOUD_BASE_URL: ownCloud, DOCUMENT_WEBHOOK_WAIT_MS: waitMs } = config;
  if (!publicUrl || waitMs === 0) return null;
  if (!publicUrl.startsWith('https://') && !ownCloud?.startsWith('http://')) return null;
  return { url: new URL(DOCUMENT_WEBHOOK_PATH, publicUrl).href, signingSecret: signingSecret(config) };
}

/** Every process that has the encryption key knows it, and nothing needs to be stored. */
function signingSecret({ ENCRYPTION_KEY: key }: Pick<Config, 'ENCRYPTION_KEY'>): string {
  return Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64'), '', 'ventros llamaparse webhook', 32)).toString(
    'hex',
  );
}

/** Whether `LC-Signature` is `sha256=` and the hexadecimal HMAC-SHA256 of exactly these bytes. In constant time. */
export function isSignedByParser(
  config: Pick<Config, 'ENCRYPTION_KEY'>,
  { body, signature }: { body: Buffer; signature: string | undefined },
): boolean {
  const hex = SIGNATURE.exec(signature ?? '')?.[1];
  if (hex === undefined) return false;
  const expected = createHmac('sha256', signingSecret(config)).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(hex, 'hex'));
}
