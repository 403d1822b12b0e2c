import express, { type Router } from 'express';
import { z } from 'zod';
import type { Config } from '../../../core/config';
import type { Database } from '../../../core/database';
import { finishDocumentJob } from '../../../core/enrichment/document-jobs';
import { DOCUMENT_WEBHOOK_PATH, isSignedByParser } from '../../../core/enrichment/document-webhook';
import { AppError } from '../../../core/errors';
import { metrics } from '../../../core/observability/metrics';
import { LLAMAPARSE } from '../../../core/providers/llamaparse/client';

export interface LlamaParseWebhookDeps {
  db: Database;
  config: Pick<Config, 'ENCRYPTION_KEY' | 'WEBHOOK_MAX_BYTES'>;
}

/** The id stands in `data` of the event; an event that is the job itself has it at its top. Nothing else is believed. */
const eventSchema = z.union([
  z.looseObject({ data: z.looseObject({ job_id: z.string().min(1).max(255) }) }).transform(({ data }) => data.job_id),
  z.looseObject({ data: z.looseObject({ id: z.string().min(1).max(255) }) }).transform(({ data }) => data.id),
  z.looseObject({ job_id: z.string().min(1).max(255) }).transform(({ job_id }) => job_id),
]);

/**
 * `POST /api/v1/webhooks/llamaparse`: a job is over. Reads its own body, so mount it before any JSON parser.
 *
 * Answers 200 `{status: 'accepted' | 'duplicate'}`. Errors: SIGNATURE_INVALID, BAD_REQUEST (signed, and names no job),
 * NOT_FOUND (also for the moment between the start of a job and the row that names it: the sender tries again).
 */
export function createLlamaParseWebhookRouter({ db, config }: LlamaParseWebhookDeps): Router {
  const router = express.Router();
  router.post(
    DOCUMENT_WEBHOOK_PATH,
    // The signature is over the bytes as they came.
    express.raw({ type: () => true, limit: config.WEBHOOK_MAX_BYTES, inflate: false }),
    async (request, response) => {
      // Without a body the parser leaves something else there.
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      if (!isSignedByParser(config, { body, signature: request.get('lc-signature') })) {
        metrics.webhooks.inc({ result: 'refused' });
        throw new AppError(
          'SIGNATURE_INVALID',
          'LC-Signature is not the HMAC-SHA256 of this body with the job’s secret',
        );
      }
      const status = await finishDocumentJob(db, { provider: LLAMAPARSE, jobId: jobIdOf(body) });
      metrics.webhooks.inc({ result: status === 'accepted' ? 'stored' : 'duplicate' });
      response.status(200).json({ status });
    },
  );
  return router;
}

function jobIdOf(body: Buffer): string {
  try {
    return eventSchema.parse(JSON.parse(body.toString('utf8')));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    throw new AppError('BAD_REQUEST', 'The event names no job: data.job_id is missing');
  }
}
