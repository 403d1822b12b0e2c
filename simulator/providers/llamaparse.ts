import { randomUUID } from 'node:crypto';
import { sha256 } from '../hash';
import { isRecord, textOf } from '../http';
import type { Recorder } from '../recorder';
import { derivedPages, type ScriptBook, type ScriptedPage } from '../script';
import type { Answer, Call, ProviderHandler } from '../types';
import { JobWebhooks, webhooksOf, type JobStatus } from './llamaparse-webhooks';
import { bearerFailure, notFound } from './shared';

/** Credits per page, by tier. */
const CREDITS: Record<string, number> = { fast: 1, cost_effective: 3, agentic: 10, agentic_plus: 45 };
const VERSIONS: Record<string, string> = {
  fast: '2026-06-15',
  cost_effective: '2026-08-19',
  agentic: '2026-09-07',
  agentic_plus: '2026-08-19',
};
const MAX_DERIVED_PAGES = 50;
const PROJECT_ID = '00000000-0000-4000-8000-000000000001';

interface StoredFile {
  id: string;
  fileName: string;
  sha256: string;
  pageCount: number;
}

interface Job {
  id: string;
  tier: string;
  fileName: string;
  createdAt: string;
  pages: ScriptedPage[];
  failsWith: string | null;
  isCancelled: boolean;
  isBilled: boolean;
  pollsLeft: number;
  runsUntilMs: number;
}

/** LlamaParse v2: jobs that take their time. A job is billed when it completes, whether or not anybody asks for it. */
export class LlamaParse {
  private readonly files = new Map<string, StoredFile>();
  private readonly jobs = new Map<string, Job>();
  private readonly webhooks = new JobWebhooks();

  constructor(
    private readonly options: {
      script: ScriptBook;
      recorder: Recorder;
      apiKey: string | undefined;
      /** How long a job is RUNNING when its script entry does not say. */
      runningMs: () => number;
    },
  ) {}

  readonly handle: ProviderHandler = (call) => {
    const refused = bearerFailure(call, this.options.apiKey);
    if (refused) return refused;
    const [, jobId, action] = call.path.match(/^\/api\/v2\/parse\/([^/]+)(?:\/(cancel))?$/) ?? [];
    switch (`${call.method} ${call.path}`) {
      case 'POST /api/v1/beta/files':
        return this.upload(call);
      case 'POST /api/v2/parse':
        return this.create(call.body, this.files.get(textOf(isRecord(call.body) ? call.body.file_id : '')));
      case 'POST /api/v2/parse/upload':
        return this.createFromUpload(call);
      case 'GET /api/v2/parse/versions':
        return { status: 200, body: { versions: VERSIONS } };
    }
    const job = jobId === undefined ? undefined : this.jobs.get(jobId);
    if (jobId === undefined) return notFound(call);
    if (!job) return { status: 404, body: { detail: `Job ${jobId} not found` } };
    if (call.method === 'GET' && !action) return this.get(job, call);
    if (call.method === 'POST' && action === 'cancel') return this.cancel(job);
    if (call.method === 'DELETE' && !action) {
      this.jobs.delete(job.id);
      return { status: 204 };
    }
    return notFound(call);
  };

  /** Puts the jobs that have ended meanwhile on the invoice. */
  settle(): void {
    for (const job of this.jobs.values()) this.statusOf(job);
  }

  reset(): void {
    this.webhooks.forget();
    this.files.clear();
    this.jobs.clear();
  }

  private upload(call: Call): Answer {
    const file = this.store(call);
    if (!file) return invalid(['body', 'file'], 'Field required');
    return {
      status: 200,
      body: { id: file.id, name: file.fileName, project_id: PROJECT_ID, purpose: call.fields.purpose?.[0] ?? 'parse' },
    };
  }

  private store(call: Call): StoredFile | null {
    const uploaded = call.files[0];
    if (!uploaded) return null;
    const file: StoredFile = {
      id: `file-${randomUUID()}`,
      fileName: uploaded.fileName,
      sha256: uploaded.sha256,
      pageCount: countPages(uploaded.bytes, uploaded.sha256),
    };
    this.files.set(file.id, file);
    return file;
  }

  private createFromUpload(call: Call): Answer {
    const file = this.store(call);
    if (!file) return invalid(['body', 'file'], 'Field required');
    try {
      return this.create(JSON.parse(call.fields.configuration?.[0] ?? '{}'), file);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return invalid(['body', 'configuration'], 'JSON decode error');
    }
  }

  private create(configuration: unknown, stored: StoredFile | undefined): Answer {
    const body = isRecord(configuration) ? configuration : {};
    const tier = textOf(body.tier);
    if (!(tier in CREDITS))
      return invalid(['body', 'tier'], "Input should be 'fast', 'cost_effective', 'agentic' or 'agentic_plus'");
    if (!textOf(body.version)) return invalid(['body', 'version'], 'Field required');
    const sourceUrl = textOf(body.source_url);
    if (!stored && !sourceUrl) return { status: 404, body: { detail: 'File not found' } };
    const file = stored ?? { fileName: sourceUrl.split('/').at(-1) ?? '', sha256: sha256(sourceUrl), pageCount: 1 };
    const scripted = this.options.script.document(file);
    const job: Job = {
      id: `pjb-${randomUUID()}`,
      tier,
      fileName: file.fileName,
      createdAt: new Date().toISOString(),
      pages: scripted?.pages ?? derivedPages(file.sha256, file.pageCount),
      failsWith: scripted?.failsWith ?? null,
      isCancelled: false,
      isBilled: false,
      pollsLeft: scripted?.runningPolls ?? 0,
      runsUntilMs: Date.now() + (scripted?.runningMs ?? this.options.runningMs()),
    };
    this.jobs.set(job.id, job);
    if (!scripted?.losesWebhook) {
      for (const target of webhooksOf(body)) this.webhooks.tell(target, job.id, () => this.statusOf(job));
    }
    return { status: 200, body: this.describe(job, 'PENDING') };
  }

  private get(job: Job, call: Call): Answer {
    const status = this.statusOf(job);
    if (job.pollsLeft > 0) job.pollsLeft -= 1;
    const expand = call.query.getAll('expand');
    const body: Record<string, unknown> = { job: this.describe(job, status) };
    if (status === 'COMPLETED') {
      const pages = (text: (markdown: string) => Record<string, unknown>) =>
        job.pages.map((page, index) =>
          typeof page === 'string'
            ? { page_number: index + 1, success: true, ...text(page) }
            : { page_number: index + 1, success: false, error: page.error },
        );
      const full = job.pages.filter((page) => typeof page === 'string').join('\n\n');
      if (expand.includes('markdown')) {
        body.markdown = { pages: pages((markdown) => ({ markdown, header: null, footer: null })) };
      }
      if (expand.includes('text')) body.text = { pages: pages((markdown) => ({ text: plainText(markdown) })) };
      if (expand.includes('markdown_full')) body.markdown_full = full;
      if (expand.includes('text_full')) body.text_full = plainText(full);
    }
    return { status: 200, body };
  }

  private cancel(job: Job): Answer {
    const status = this.statusOf(job);
    if (status === 'RUNNING') job.isCancelled = true;
    return { status: 200, body: this.describe(job, this.statusOf(job)) };
  }

  private statusOf(job: Job): JobStatus {
    if (job.isCancelled) return 'CANCELLED';
    if (job.pollsLeft > 0 || Date.now() < job.runsUntilMs) return 'RUNNING';
    if (job.failsWith) return 'FAILED';
    if (!job.isBilled) {
      job.isBilled = true;
      this.options.recorder.bill('llamaparse', { model: job.tier, requestId: job.id, pages: readPages(job) });
    }
    return 'COMPLETED';
  }

  private describe(job: Job, status: JobStatus): Record<string, unknown> {
    return {
      id: job.id,
      project_id: PROJECT_ID,
      name: job.fileName,
      status,
      tier: job.tier,
      created_at: job.createdAt,
      updated_at: new Date().toISOString(),
      error_message: status === 'FAILED' ? job.failsWith : null,
      usage: status === 'COMPLETED' ? { credits: readPages(job) * (CREDITS[job.tier] ?? 0) } : null,
    };
  }
}

/** Pages that could not be read are not charged. */
const readPages = (job: Job): number => job.pages.filter((page) => typeof page === 'string').length;

const invalid = (location: string[], message: string): Answer => ({
  status: 422,
  body: { detail: [{ loc: location, msg: message, type: 'value_error' }] },
});

const plainText = (markdown: string): string => markdown.replace(/^#+\s*/gm, '').replace(/[*_`]/g, '');

/** The page objects of a plain PDF; of any other file one to three, by its hash. */
function countPages(bytes: Buffer, hash: string): number {
  const marks = bytes.toString('latin1').match(/\/Type\s*\/Page(?!s)/g)?.length ?? 0;
  return marks > 0 ? Math.min(marks, MAX_DERIVED_PAGES) : 1 + (parseInt(hash.slice(0, 2), 16) % 3);
}
