import { z } from 'zod';
import { AppError, type ErrorCode } from '../../errors';
import type { DocumentPage } from '../ports';
import { unsaid } from '../reported-usage';
import { LLAMAPARSE } from './client';

export type Tier = 'fast' | 'cost_effective' | 'agentic' | 'agentic_plus';

/** Credits a page costs (LlamaIndex pricing, June 2026). Turns the bill, which is in credits, back into pages. */
const CREDITS_PER_PAGE: Readonly<Record<Tier, number>> = { fast: 1, cost_effective: 3, agentic: 10, agentic_plus: 45 };

const pageSchema = z.object({
  page_number: z.number().int().min(1),
  success: z.boolean().nullish(),
  markdown: z.string().nullish(),
  text: z.string().nullish(),
});
const pagesSchema = z.object({ pages: z.array(pageSchema) }).nullish();

export const jobSchema = z.object({
  id: z.string(),
  status: z.enum(['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']),
  error_message: z.string().nullish(),
  usage: z
    .object({ credits: z.number().min(0).nullish() })
    .nullish()
    .catch(unsaid),
});
export const resultSchema = z.object({ job: jobSchema, markdown: pagesSchema, text: pagesSchema });

export type Job = z.output<typeof jobSchema>;
export type Result = z.output<typeof resultSchema>;

/** What a failed job says about itself, as words: v2 has no error codes. */
const FAILURES: readonly { says: RegExp; code: ErrorCode; message: string }[] = [
  { says: /encrypt|password/i, code: 'DOCUMENT_ENCRYPTED', message: 'The document is protected by a password' },
  {
    says: /corrupt|damaged|invalid (pdf|file|document)|not a valid|malformed|unreadable/i,
    code: 'MEDIA_CORRUPT',
    message: 'llamaparse cannot open the document: it is damaged',
  },
  {
    says: /time(d)? ?out|temporar|try again|internal|unavailable|overload|capacity|rate limit/i,
    code: 'PROVIDER_UNAVAILABLE',
    message: 'llamaparse could not finish the job this time',
  },
];

/** The error of a job that ended FAILED. Unknown words mean do not try again: the next provider is cheaper. */
export function failedJobError(job: Job): AppError {
  const words = job.error_message ?? '';
  const failure = FAILURES.find(({ says }) => says.test(words));
  return new AppError(
    failure?.code ?? 'PROVIDER_REJECTED',
    failure?.message ?? 'llamaparse could not read the document',
    {
      details: { provider: LLAMAPARSE, jobId: job.id },
    },
  );
}

/** What a job that was asked to stop comes to; null when it is not said. */
export function billedPagesOf(job: Job | undefined, tier: Tier): number | null {
  const credits = job?.usage?.credits;
  if (credits !== null && credits !== undefined) return Math.ceil(credits / CREDITS_PER_PAGE[tier]);
  // Only finished jobs are billed.
  return job?.status === 'CANCELLED' || job?.status === 'FAILED' ? 0 : null;
}

/**
 * Splits a finished job into what was read and what was not. Pages count from 1, single pages may fail.
 *
 * @throws AppError PROVIDER_UNAVAILABLE for a job that is finished and comes without any page: asked again, it may be there
 */
export function readResult(
  { job, markdown, text }: Result,
  tier: Tier,
): { pages: DocumentPage[]; failedPages: number[]; billedPages: number } {
  const all = (markdown ?? text)?.pages ?? [];
  if (all.length === 0) {
    throw new AppError('PROVIDER_UNAVAILABLE', 'llamaparse finished the job and gave no page of it', {
      details: { provider: LLAMAPARSE, jobId: job.id },
    });
  }
  const read = all.filter((page) => page.success !== false);
  const credits = job.usage?.credits;
  return {
    pages: read.map((page) => ({ page: page.page_number, text: page.markdown ?? page.text ?? '' })),
    failedPages: all.filter((page) => page.success === false).map((page) => page.page_number),
    billedPages: credits === null || credits === undefined ? read.length : Math.ceil(credits / CREDITS_PER_PAGE[tier]),
  };
}
