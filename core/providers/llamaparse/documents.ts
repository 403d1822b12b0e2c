import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, errorMessage, isAppError } from '../../errors';
import type { Logger } from '../../logging/logger';
import { callProvider } from '../call';
import type { DocumentProvider, DocumentWebhook } from '../ports';
import { LLAMAPARSE, type LlamaParseClient } from './client';
import {
  billedPagesOf,
  failedJobError,
  jobSchema,
  readResult,
  resultSchema,
  type Job,
  type Result,
  type Tier,
} from './result';

/** The first pages of a short document are ready within seconds; a long one is asked for less and less often. */
const FIRST_POLL_MS = 500;
const MAX_POLL_MS = 5_000;
const POLL_GROWTH = 1.5;

/** One HTTP request, however long the whole parse may take. */
const REQUEST_TIMEOUT_MS = 60_000;
const CANCEL_TIMEOUT_MS = 3_000;

export interface LlamaParseOptions {
  client: LlamaParseClient;
  tier: Tier;
  /** Dated version of the tier, so that results do not change by themselves. */
  version: string;
  logger?: Logger | undefined;
}

type Input = Parameters<DocumentProvider['parse']>[0];

interface Request {
  signal: AbortSignal;
  timeout: number;
}

/** Asked for as JSON: by default the body would be JSON within a string. */
function webhookConfiguration({ url, signingSecret }: DocumentWebhook) {
  return {
    webhook_url: url,
    webhook_events: ['parse.success', 'parse.error', 'parse.partial_success', 'parse.cancelled'],
    webhook_output_format: 'json' as const,
    webhook_signing_secret: signingSecret,
  };
}

/** A job that is over without a result cannot be resumed, and one we do not find was deleted. */
function isResumable(job: Job | null): job is Job {
  return job !== null && job.status !== 'FAILED' && job.status !== 'CANCELLED';
}

/**
 * Documents to text by LlamaParse v2. `model` is the tier, which is what is billed.
 *
 * One job is created and then polled; `timeoutMs` is for all of it. When the time is up the job goes on at the provider
 * and can be resumed by its id; when the caller aborts it is cancelled, so that nobody pays for it.
 *
 * `parse` throws AppError DOCUMENT_ENCRYPTED, MEDIA_CORRUPT, PROVIDER_UNAVAILABLE or PROVIDER_REJECTED for a failed job,
 * or those of `callProvider`.
 */
export function createLlamaParseDocuments(settings: LlamaParseOptions): DocumentProvider {
  const { client, tier, version, logger } = settings;
  // The rule-based tier makes no markdown.
  const expand = [tier === 'fast' ? 'text' : 'markdown'];

  const createJob = async (
    { file, mimeType, fileName, maxPages }: Input,
    request: Request,
    webhook?: DocumentWebhook,
  ): Promise<Job> => {
    const { client: llamaCloud, toFile } = await client();
    const upload = await toFile(file, fileName || 'document', { type: mimeType });
    const pages = maxPages === undefined ? {} : { page_ranges: { max_pages: maxPages } };
    const told = webhook ? { webhook_configurations: [webhookConfiguration(webhook)] } : {};
    const created = await llamaCloud.parsing.create({ tier, version, upload_file: upload, ...pages, ...told }, request);
    return jobSchema.parse(created);
  };
  const getJob = async (jobId: string, request: Request): Promise<Result> => {
    const { client: llamaCloud } = await client();
    return resultSchema.parse(await llamaCloud.parsing.get(jobId, { expand }, request));
  };
  const findJob = async (jobId: string, request: Request): Promise<Job | null> => {
    const { client: llamaCloud } = await client();
    try {
      return resultSchema.parse(await llamaCloud.parsing.get(jobId, {}, request)).job;
    } catch (error) {
      if (error instanceof Error && 'status' in error && error.status === 404) return null;
      throw error;
    }
  };
  const cancelJob = async (jobId: string, request: Partial<Request>): Promise<Job | undefined> => {
    const { client: llamaCloud } = await client();
    const answer = await llamaCloud.parsing.cancel(jobId, {}, { ...request, timeout: CANCEL_TIMEOUT_MS });
    return jobSchema.safeParse(answer).data;
  };
  const cancelGivenUp = async (jobId: string): Promise<void> => {
    try {
      await cancelJob(jobId, {});
    } catch (error) {
      // The caller is gone already; at worst the job runs to its end and is paid for.
      logger?.warn({ provider: LLAMAPARSE, jobId, reason: errorMessage(error) }, 'the job could not be cancelled');
    }
  };

  return {
    name: LLAMAPARSE,
    model: tier,
    start(input, options) {
      return callProvider(LLAMAPARSE, options, async (signal) => {
        const request: Request = { signal, timeout: Math.min(options.timeoutMs, REQUEST_TIMEOUT_MS) };
        return { jobId: (await createJob(input, request, options.webhook)).id };
      });
    },
    cancel: (jobId, options) =>
      callProvider(LLAMAPARSE, options, async (signal) => ({
        billedPages: billedPagesOf(await cancelJob(jobId, { signal }), tier),
      })),
    parse(input, options) {
      return callProvider(LLAMAPARSE, options, async (signal) => {
        const request: Request = { signal, timeout: Math.min(options.timeoutMs, REQUEST_TIMEOUT_MS) };
        let jobId = options.resumeJobId;
        try {
          const earlier = jobId === undefined ? null : await findJob(jobId, request);
          let job = isResumable(earlier) ? earlier : await createJob(input, request);
          jobId = job.id;
          options.onProgress?.({ jobId, status: job.status });
          for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * POLL_GROWTH, MAX_POLL_MS)) {
            if (job.status === 'PENDING' || job.status === 'RUNNING') await sleep(waitMs, undefined, { signal });
            const result = await getJob(jobId, request);
            job = result.job;
            options.onProgress?.({ jobId, status: job.status });
            if (job.status === 'COMPLETED') {
              const { pages, failedPages, billedPages } = readResult(result, tier);
              return { pages, failedPages, model: tier, usage: { pages: billedPages }, requestIds: [jobId] };
            }
            if (job.status === 'FAILED') throw failedJobError(job);
            if (job.status === 'CANCELLED') {
              throw new AppError('PROVIDER_UNAVAILABLE', 'somebody cancelled the job at llamaparse', {
                details: { jobId },
              });
            }
          }
        } catch (error) {
          // Also of a job that is only being looked up: an attempt before this one began it.
          const isGivenUp = signal.aborted && !isAppError(signal.reason, 'PROVIDER_TIMEOUT');
          if (isGivenUp && jobId !== undefined) await cancelGivenUp(jobId);
          throw error;
        }
      });
    },
  };
}
