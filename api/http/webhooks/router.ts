import express, { type Request, type Router } from 'express';
import type { Config } from '../../../core/config';
import type { Database } from '../../../core/database';
import { AppError } from '../../../core/errors';
import {
  createChannelCounters,
  createChannelFinder,
  handleWahaEvent,
  isSignedBy,
  isStale,
  storeDeadLetter,
  type WebhookChannel,
} from '../../../core/ingest';
import type { Logger } from '../../../core/logging/logger';
import { metrics } from '../../../core/observability/metrics';

export interface WebhookRouterDeps {
  db: Database;
  config: Pick<Config, 'WEBHOOK_MAX_BYTES' | 'MEDIA_WAIT_MS'>;
  secretBox: { open(sealed: string): string };
  logger: Logger;
}

/**
 * `POST /api/v1/webhooks/{webhook_id}`: what channels send us. Reads its own body, so mount it before any JSON parser,
 * and end the chain with an error handler that knows AppError.
 *
 * Answers 200 `{status, …}` once everything is stored, and also for what sending again cannot mend (duplicates, unused
 * events, payloads that cannot be understood, which are kept as dead letters). Errors: NOT_FOUND, BAD_REQUEST (not a
 * WAHA channel, or not JSON), PAYLOAD_TOO_LARGE, SIGNATURE_INVALID. Any 5xx stored nothing and may be sent again.
 */
export function createWebhookRouter({ db, config, secretBox, logger }: WebhookRouterDeps): Router {
  const findChannel = createChannelFinder(db);
  const ingest = { db, mediaWaitMs: config.MEDIA_WAIT_MS, counters: createChannelCounters(db), logger };
  const router = express.Router();

  router.post(
    '/api/v1/webhooks/:webhookId',
    async (request, response, next) => {
      response.locals['channel'] = await wahaChannel(String(request.params['webhookId']));
      next();
    },
    // The signature is over the bytes as they came, so nothing may decode or inflate them first.
    express.raw({ type: () => true, limit: config.WEBHOOK_MAX_BYTES, inflate: false }),
    async (request, response) => {
      const channel: WebhookChannel = response.locals['channel'];
      // Without a body the parser leaves something else there.
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      checkOrCount(request, { channel, body });
      const json = await parseJson(channel, body);
      const result = await handleWahaEvent(ingest, { channel, json, body, receivedAt: new Date() });
      metrics.webhooks.inc({ result: result.status });
      logger.debug({ channelId: channel.channelId, result }, 'webhook');
      response.status(200).json(result);
    },
  );
  return router;

  async function wahaChannel(webhookId: string): Promise<WebhookChannel> {
    const channel = await findChannel(webhookId);
    if (channel === null) throw new AppError('NOT_FOUND', 'There is no webhook with this id');
    if (channel.type !== 'waha') throw new AppError('BAD_REQUEST', 'The channel of this webhook is not a WAHA channel');
    return channel;
  }

  function checkOrCount(request: Request, of: { channel: WebhookChannel; body: Buffer }): void {
    try {
      checkSignature(request, of);
    } catch (error) {
      metrics.webhooks.inc({ result: 'refused' });
      throw error;
    }
  }

  function checkSignature(request: Request, { channel, body }: { channel: WebhookChannel; body: Buffer }): void {
    const secret = secretBox.open(channel.webhookSecretEncrypted);
    if (!isSignedBy(secret, { body, signature: request.get('x-webhook-hmac') })) {
      throw new AppError(
        'SIGNATURE_INVALID',
        'X-Webhook-Hmac is not the HMAC-SHA512 of this body with the channel’s key',
      );
    }
    if (isStale(request.get('x-webhook-timestamp'), Date.now())) {
      throw new AppError('SIGNATURE_INVALID', 'X-Webhook-Timestamp is more than five minutes old');
    }
  }

  async function parseJson(channel: WebhookChannel, body: Buffer): Promise<unknown> {
    try {
      return JSON.parse(body.toString('utf8'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const reason = 'the body is not JSON';
      await storeDeadLetter(db, { channel, code: 'BAD_REQUEST', reason, body });
      metrics.webhooks.inc({ result: 'dead_lettered' });
      throw new AppError('BAD_REQUEST', `It was kept for inspection, because ${reason}`);
    }
  }
}
